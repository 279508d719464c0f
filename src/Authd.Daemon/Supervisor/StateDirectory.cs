// The state directory of the running daemon: keeps what it holds, notices when it is gone, makes it again.
using System.Net.Sockets;
using Authd.Core.Logging;
using Authd.Daemon.Systemd;
using Authd.Interop;

namespace Authd.Daemon.Supervisor;

/// <summary>The fate of the state directory.</summary>
public enum StateChange
{
    /// <summary>All is as it was.</summary>
    None,

    /// <summary>There is another listening socket now: the workers have to be started again on it.</summary>
    NewSocket,

    /// <summary>Another daemon serves there now.</summary>
    Lost,
}

/// <summary>The lock, the pid file and the socket in their directory.</summary>
public sealed class StateDirectory : IDisposable
{
    private readonly string _path;
    private readonly string _lockPath;
    private readonly string _pidPath;
    private readonly string _socketPath;
    private readonly ServiceManager _manager;
    private readonly FileOwner? _owner;
    private readonly FileOwner? _parentOwner;
    private StateFiles _held;
    private FileIdentity? _lock;
    private FileIdentity? _pid;
    private FileIdentity? _socket;
    private string? _complaint;

    /// <summary>The directory of a daemon that has just started in it.</summary>
    /// <param name="socketPath">The daemon's socket.</param>
    /// <param name="held">The lock; is taken over.</param>
    /// <param name="listener">The socket; is taken over.</param>
    /// <param name="manager">Keeps a new socket as well.</param>
    public StateDirectory(string socketPath, StateFiles held, Socket listener, ServiceManager manager)
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

    /// <summary>The socket that workers accept on.</summary>
    public Socket Listener { get; private set; }

    /// <summary>Wakes up when something is taken away.</summary>
    public DirectoryWatch Watch { get; } = new();

    /// <summary>Looks whether lock and socket are still where clients and a second daemon look for them, and puts them back.</summary>
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
                // Only the pid file is gone. The lock is taken on a new file: to close a file drops all locks of a process on it.
                File.Delete(_lockPath);
            }

            if (StateFiles.TryTake(_path) is not { } held)
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

    /// <summary>False: it is there.</summary>
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
