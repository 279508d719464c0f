// pid.lock and pid in the state directory: who the running daemon is, for us and for courierlogger alike.
using System.Globalization;
using Authd.Interop;

namespace Authd.Daemon.Supervisor;

/// <summary>The lock and the pid file of the running daemon.</summary>
public sealed class StateFiles : IDisposable
{
    private readonly RecordLock _lock;

    private StateFiles(RecordLock held) => _lock = held;

    /// <summary>Takes the lock and writes our pid; <c>null</c> when another daemon holds it.</summary>
    /// <exception cref="IOException">The directory is missing or not writable.</exception>
    public static StateFiles? TryTake(string directory)
    {
        if (RecordLock.TryTake(LockPath(directory)) is not { } held)
        {
            return null;
        }

        string path = PidPath(directory);
        File.Delete(path);
        File.WriteAllText(path, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n"));
        return new StateFiles(held);
    }

    /// <summary>The pid of the running daemon (ours or the C one's courierlogger); <c>null</c> when none runs.</summary>
    /// <exception cref="IOException">The lock file cannot be opened.</exception>
    public static int? RunningPid(string directory) => RecordLock.Holder(LockPath(directory));

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static string LockPath(string directory) => Path.Combine(directory, "pid.lock");

    private static string PidPath(string directory) => Path.Combine(directory, "pid");
}
