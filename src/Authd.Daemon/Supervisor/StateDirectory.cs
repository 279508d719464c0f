using System.Net.Sockets;
using Authd.Core.Logging;
using Authd.Daemon.Systemd;
using Authd.Linux.Files;
using Authd.Linux.Processes;

namespace Authd.Daemon.Supervisor;

/// <summary>The result of a check of the state directory.</summary>
public enum StateChange
{
    /// <summary>Nothing has changed.</summary>
    None,

    /// <summary>The listening socket has been made again, so the workers must be started again on it.</summary>
    NewSocket,

    /// <summary>Another daemon serves there now.</summary>
    Lost,
}

/// <summary>The state directory of the running daemon, with lock, pid file
/// and socket. Notices when they are gone, and makes them again.</summary>
public sealed class StateDirectory : IDisposable
{
    private readonly string _path;
    private readonly string _lockPath;
    private readonly string _pidPath;
    private readonly string _socketPath;
    private readonly ServiceManager _manager;
    private readonly FileOwner? _owner;
    private readonly FileOwner? _parentOwner;
    private DaemonPidFile _held;
    private FileIdentity? _lock;
    private FileIdentity? _pid;
    private FileIdentity? _socket;
    private string? _complaint;

    /// <summary>The directory of a daemon that has just started in it.</summary>
    /// <param name="socketPath">The daemon's socket.</param>
    /// <param name="held">The lock; disposed of with this object.</param>
    /// <param name="listener">The socket; disposed of with this object.</param>
    /// <param name="manager">Keeps a new socket over a restart.</param>
    public StateDirectory(string socketPath, DaemonPidFile held, Socket listener, ServiceManager manager)
    {
        _socketPath = socketPath;
        _path = Path.GetDirectoryName(socketPath)!;
        _lockPath = Path.Combine(_path, "pid.lock");
        _pidPath = Path.Combine(_path, "pid");
        _manager = manager;
        _held = held;
        Listener = listener;
        _owner = FileOwner.Of(_path);
        _parentOwner = FileOwner.Of(Path.GetDirectoryName(_path)!);
        Remember();
    }

    /// <summary>The socket on which workers accept clients.</summary>
    public Socket Listener { get; private set; }

    /// <summary>Wakes up when a file is removed.</summary>
    public DirectoryWatch Watch { get; } = new();

    /// <summary>Checks whether lock and socket are still where clients
    /// and a second daemon look for them, and restores them.</summary>
    public StateChange Look(Log log)
    {
        bool lockGone = FileIdentity.Of(_lockPath) != _lock || FileIdentity.Of(_pidPath) != _pid;
        bool socketGone = FileIdentity.Of(_socketPath) != _socket;
        if (!lockGone && !socketGone)
        {
            return StateChange.None;
        }

        try
        {
            return Restore(lockGone, log);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string complaint = $"{_path} is gone or changed, no client can reach the daemon, and it cannot be made again: "
                + $"{ResourceLimit.Explain(e)}; tried again every second; or make it with its owner and mode, and restart the daemon";
            if (complaint != _complaint)
            {
                _complaint = complaint;
                log.Crit(complaint);
            }

            return StateChange.None;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Watch.Dispose();
        Listener.Dispose();
        _held.Dispose();
    }

    private StateChange Restore(bool lockGone, Log log)
    {
        bool made = MakeDirectory();
        if (lockGone)
        {
            if (FileIdentity.Of(_lockPath) == _lock)
            {
                // Only the pid file is gone. The lock is taken on a new file,
                // because closing a file drops all locks of a process on it.
                File.Delete(_lockPath);
            }

            if (DaemonPidFile.TryTake(_path) is not { } held)
            {
                return StateChange.Lost;
            }

            _held.Dispose();
            _held = held;
        }

        Socket listener = ListenSocket.Create(_socketPath);
        Listener.Dispose(); // The workers have copies: clients in its queue are served before they leave.
        Listener = listener;
        _manager.Keep(listener);
        Remember();
        _complaint = null;
        string gone = made ? $"{_path} was removed" : lockGone ? $"pid or pid.lock in {_path} was removed" : $"{_socketPath} was removed";
        log.Err($"{gone} while the daemon was running; it has been made again, and the workers are started on the new socket");
        return StateChange.NewSocket;
    }

    /// <summary>False: it exists.</summary>
    private bool MakeDirectory()
    {
        string parent = Path.GetDirectoryName(_path)!;
        if (_parentOwner is { } parentOwner && !Directory.Exists(parent))
        {
            OwnedDirectory.Make(parent, parentOwner);
        }

        if (_owner is not { } owner || Directory.Exists(_path))
        {
            return false;
        }

        OwnedDirectory.Make(_path, owner);
        return true;
    }

    private void Remember()
    {
        _lock = FileIdentity.Of(_lockPath);
        _pid = FileIdentity.Of(_pidPath);
        _socket = FileIdentity.Of(_socketPath);
        Watch.Watch(_path);
    }
}
