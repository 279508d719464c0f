// pid.lock and pid in the state directory: who the running daemon is, for us and for courierlogger alike.
using Authd.Interop;

namespace Authd.Daemon.Supervisor;

/// <summary>The lock and the pid file of the running daemon.</summary>
public sealed class StateFiles : IDisposable
{
    private readonly RecordLock _lock;

    private StateFiles(RecordLock held) => _lock = held;

    /// <summary>Takes the lock and writes our pid; <c>null</c> when another daemon holds it.</summary>
    /// <exception cref="IOException">The directory is missing or not writable, or a file there is not to be trusted.</exception>
    public static StateFiles? TryTake(string directory)
    {
        if (RecordLock.TryTake(LockPath(directory)) is not { } held)
        {
            return null;
        }

        try
        {
            PidFile.Write(Path.Combine(directory, "pid"));
            return new StateFiles(held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>The pid of the running daemon (ours or the C one's courierlogger); <c>null</c> when none runs.</summary>
    /// <exception cref="IOException">The lock file cannot be opened.</exception>
    public static int? RunningPid(string directory) => RecordLock.Holder(LockPath(directory));

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static string LockPath(string directory) => Path.Combine(directory, "pid.lock");
}
