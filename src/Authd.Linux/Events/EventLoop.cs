// Waits on one thread for new clients and for the sockets of all clients of a worker.
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Authd.Linux.Files;
using Authd.Linux.Native;
using Tmds.Linux;

namespace Authd.Linux.Events;

/// <summary>
/// One epoll and its thread. Many clients are accepted before their request has arrived; a Socket of .NET for each
/// of them costs more than the whole rest of a lookup. The code after a wait runs on this thread, so it must never block. Listening sockets are watched with EPOLLEXCLUSIVE: one new client wakes one worker.
/// </summary>
public sealed unsafe class EventLoop : IDisposable
{
    private const int Batch = 64;

    private readonly int _epoll = LibC.epoll_create1(LibC.EPOLL_CLOEXEC);
    private readonly (int Read, int Write) _wake = Descriptors.Pipe();
    private readonly ConcurrentQueue<Action> _invoked = [];
    private readonly ConcurrentDictionary<int, SocketWait> _waits = [];
    private readonly ConcurrentDictionary<int, (object Owner, Action Readable)> _watched = [];
    private readonly List<Action> _afterTurn = [];
    private bool _ended;
    private readonly Action<Exception>? _failed;

    [ThreadStatic]
    private static EventLoop? _ofThisThread;

    private static EventLoop? _ofProcess;

    /// <summary>Starts the thread.</summary>
    /// <param name="failed">Receives exceptions that no event handler has caught; the loop continues.</param>
    /// <exception cref="LibcException">No descriptors left.</exception>
    public EventLoop(Action<Exception>? failed = null)
    {
        _failed = failed;
        Control(LibC.EPOLL_CTL_ADD, _wake.Read, LibC.EPOLLIN);
        new Thread(Run) { Name = "events", IsBackground = true }.Start();
    }

    /// <summary>The loop that runs on the calling thread; <c>null</c> on any other thread.</summary>
    public static EventLoop? Current => _ofThisThread;

    /// <summary>The loop of the process, for callers on other threads.</summary>
    public static EventLoop OfProcess
    {
        get => LazyInitializer.EnsureInitialized(ref _ofProcess, static () => new EventLoop());
        set => _ofProcess = value;
    }

    /// <summary>Ends the thread; nothing may be waiting any more.</summary>
    public void Dispose() => Invoke(() => _ended = true);

    /// <summary>The code after <c>await</c> runs on the events' thread: at once, if the caller is on it.</summary>
    public EventLoopEntry EnterAsync() => new(this);

    /// <summary>Runs <paramref name="action"/> on the loop's thread, soon.</summary>
    public void Invoke(Action action)
    {
        _invoked.Enqueue(action);
        Descriptors.Write(_wake.Write, [0]);
    }

    /// <summary>
    /// Runs <paramref name="action"/> once when all that epoll has reported by now is handled: what several of these events
    /// want is then done at once. Only on the events' thread.
    /// </summary>
    public void AfterTurn(Action action) => _afterTurn.Add(action);

    /// <summary>
    /// Calls back whenever a descriptor can be read: for a connection that is kept open, so that waiting for the next answer
    /// costs no system call. Closing the descriptor ends it.
    /// </summary>
    /// <param name="descriptor">A descriptor that no client waits on.</param>
    /// <param name="owner">The owner, for <see cref="Forget"/>.</param>
    /// <param name="readable">Runs on the loop's thread and does not throw.</param>
    /// <exception cref="LibcException">No memory left in the kernel.</exception>
    public void Watch(int descriptor, object owner, Action readable)
    {
        _watched[descriptor] = (owner, readable);
        Control(LibC.EPOLL_CTL_ADD, descriptor, LibC.EPOLLIN);
    }

    /// <summary>Ends the watch of a descriptor that its owner is closing
    /// or has closed; its number may have another owner by then.</summary>
    public void Forget(int descriptor, object owner)
    {
        if (_watched.TryGetValue(descriptor, out var watch) && watch.Owner == owner)
        {
            _watched.TryRemove(new(descriptor, watch));
        }
    }

    /// <summary>Ends the watch of a descriptor that other processes have
    /// open as well, for which closing it would not be enough.</summary>
    public void Unwatch(int descriptor, object owner)
    {
        Forget(descriptor, owner);
        _ = LibC.epoll_ctl(_epoll, LibC.EPOLL_CTL_DEL, descriptor, null);
    }

    /// <summary>Waits for one of <paramref name="events"/> or the end of the connection.</summary>
    /// <exception cref="LibcException">No memory left in the kernel.</exception>
    internal ValueTask WaitAsync(int descriptor, SocketWait wait, int events)
    {
        ValueTask happened = wait.Start();
        _waits[descriptor] = wait;
        // Closing the socket takes it out of the epoll again.
        int operation = wait.IsRegistered ? LibC.EPOLL_CTL_MOD : LibC.EPOLL_CTL_ADD;
        wait.IsRegistered = true;
        Control(operation, descriptor, events | LibC.EPOLLONESHOT);
        return happened;
    }

    internal void WatchListener(int descriptor, Action clientsWait)
    {
        _watched[descriptor] = (this, clientsWait);
        ResumeListener(descriptor);
    }

    internal void PauseListener(int descriptor) => Control(LibC.EPOLL_CTL_DEL, descriptor, 0);

    internal void ResumeListener(int descriptor) =>
        Control(LibC.EPOLL_CTL_ADD, descriptor, LibC.EPOLLIN | LibC.EPOLLEXCLUSIVE);

    private void Control(int operation, int descriptor, int events)
    {
        epoll_event wanted = new() { events = events };
        wanted.data.fd = descriptor;
        if (LibC.epoll_ctl(_epoll, operation, descriptor, &wanted) < 0)
        {
            throw LibcException.Last("epoll_ctl");
        }
    }

    private void Run()
    {
        _ofThisThread = this;
        epoll_event* happened = stackalloc epoll_event[Batch];
        while (!_ended)
        {
            int count = LibC.epoll_wait(_epoll, happened, Batch, -1);
            if (count < 0 && Marshal.GetLastPInvokeError() != LibC.EINTR)
            {
                throw LibcException.Last("epoll_wait");
            }

            FreshStamp.RequestsArrive();
            for (int i = 0; i < count && !_ended; i++)
            {
                HandleGuarded(happened[i].data.fd);
            }

            EndTurn();
        }

        Close();
    }

    /// <summary>An exception in the handling of one client must not end the worker and all others.</summary>
    private void HandleGuarded(int descriptor)
    {
        try
        {
            Handle(descriptor);
        }
        catch (Exception e) when (_failed is not null)
        {
            _failed(e);
        }
    }

    private void EndTurn()
    {
        for (int i = 0; i < _afterTurn.Count; i++)
        {
            try
            {
                _afterTurn[i]();
            }
            catch (Exception e) when (_failed is not null)
            {
                _failed(e);
            }
        }

        _afterTurn.Clear();
    }

    private void Handle(int descriptor)
    {
        if (descriptor == _wake.Read)
        {
            RunInvoked();
        }
        else if (_waits.TryRemove(descriptor, out SocketWait? wait))
        {
            wait.Finish();
        }
        else if (_watched.TryGetValue(descriptor, out var watch))
        {
            watch.Readable();
        }
    }

    /// <summary>Runs the queued actions; one byte was written for each.</summary>
    private void RunInvoked()
    {
        byte* one = stackalloc byte[1];
        if (LibC.read(_wake.Read, one, 1) == 1 && _invoked.TryDequeue(out Action? action))
        {
            FreshStamp.RequestsArrive();
            action();
        }
    }

    private void Close()
    {
        Descriptors.Close(_epoll);
        Descriptors.Close(_wake.Read);
        Descriptors.Close(_wake.Write);
    }
}
