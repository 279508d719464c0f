// pid.lock and pid in the state directory, which identify the running daemon to this program and to courierlogger.
using Authd.Linux.Files;

namespace Authd.Daemon.Supervisor;

/// <summary>The lock and the pid file of the running daemon.</summary>
public sealed class DaemonPidFile : IDisposable
{
    private readonly RecordLock _lock;

    private DaemonPidFile(RecordLock held) => _lock = held;

    /// <summary>Takes the lock and writes our pid; <c>null</c> when another daemon holds it.</summary>
    /// <exception cref="IOException">The directory is missing or not writable, or a file in it is not trusted.</exception>
    public static DaemonPidFile? TryTake(string directory)
    {
        if (RecordLock.TryTake(LockPath(directory)) is not { } held)
        {
            return null;
        }

        try
        {
            PidFile.Write(Path.Combine(directory, "pid"));
            return new DaemonPidFile(held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>The pid of the running daemon (ours or the C one's courierlogger); <c>null</c> when no daemon runs.</summary>
    /// <exception cref="IOException">The lock file cannot be opened.</exception>
    public static int? RunningPid(string directory) => RecordLock.Holder(LockPath(directory));

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static string LockPath(string directory) => Path.Combine(directory, "pid.lock");
}
