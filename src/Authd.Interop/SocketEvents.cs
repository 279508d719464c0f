// Waits on one thread for new clients and for the sockets of all clients that a worker has.
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Authd.Interop;

/// <summary>
/// One epoll and its thread. Many clients are accepted before their request has arrived; a Socket of .NET for each
/// of them costs more than the whole rest of a lookup. Whoever waited goes on on this thread: nothing that blocks may
/// follow a wait, except for calls that usually come back at once (<see cref="BeginBrief"/>): when one does not, another
/// thread takes the loop over. The listening socket is watched with EPOLLEXCLUSIVE: one new client wakes one worker.
/// </summary>
public sealed unsafe class SocketEvents : IDisposable
{
    private const int Batch = 64;

    private readonly int _epoll = LibC.epoll_create1(LibC.EPOLL_CLOEXEC);
    private readonly (int Read, int Write) _wake = Descriptors.Pipe();
    private readonly ConcurrentQueue<Action> _invoked = [];
    private readonly ConcurrentDictionary<int, SocketWait> _waits = [];
    private readonly ConcurrentDictionary<int, (object Owner, Action Readable)> _watched = [];
    private readonly LoopRelief _relief;

    // What epoll reported last, and how far it is handled: a thread that takes over goes on from there.
    private readonly epoll_event* _happened = (epoll_event*)NativeMemory.Alloc(Batch, (nuint)sizeof(epoll_event));
    private int _count;
    private int _next;
    private int _listener = -1;
    private bool _ended;
    private Action? _clientsWait;
    private readonly Action<Exception>? _failed;

    [ThreadStatic]
    private static SocketEvents? _ofThisThread;

    private static SocketEvents? _ofProcess;

    /// <summary>Starts the thread.</summary>
    /// <param name="failed">Is told of what no handler of an event has caught; the thread goes on.</param>
    /// <exception cref="LibcException">No descriptors left.</exception>
    public SocketEvents(Action<Exception>? failed = null)
    {
        _failed = failed;
        Control(LibC.EPOLL_CTL_ADD, _wake.Read, LibC.EPOLLIN);
        _relief = new LoopRelief(Run);
        new Thread(Run) { Name = "events", IsBackground = true }.Start();
    }

    /// <summary>The events that the calling thread handles; <c>null</c> on any other thread.</summary>
    public static SocketEvents? OfThisThread => _ofThisThread;

    /// <summary>The events of the process: for whoever has something to be watched and is on another thread.</summary>
    public static SocketEvents OfProcess
    {
        get => LazyInitializer.EnsureInitialized(ref _ofProcess, static () => new SocketEvents());
        set => _ofProcess = value;
    }

    /// <summary>Ends the thread; nobody may be waiting any more.</summary>
    public void Dispose() => Invoke(() => _ended = true);

    /// <summary>Goes on on the events' thread: at once, if the caller is on it.</summary>
    public Task EnterAsync()
    {
        if (_ofThisThread == this)
        {
            return Task.CompletedTask;
        }

        TaskCompletionSource entered = new();
        Invoke(entered.SetResult);
        return entered.Task;
    }

    /// <summary>Runs <paramref name="action"/> on the events' thread, soon.</summary>
    public void Invoke(Action action)
    {
        _invoked.Enqueue(action);
        Descriptors.Write(_wake.Write, [0]);
    }

    /// <summary>
    /// Before a call that may block but hardly ever does for long, on the events' thread. The usual call is over before
    /// another thread would have begun with it; for one that lasts, another thread takes the events over.
    /// </summary>
    /// <returns>For <see cref="EndBrief"/>.</returns>
    public long BeginBrief() => _relief.Begin();

    /// <summary>After the call. If the events were taken over, the calling thread is an ordinary one from now on.</summary>
    public void EndBrief(long call)
    {
        if (!_relief.TryEnd(call))
        {
            _ofThisThread = null;
        }
    }

    /// <summary>
    /// Calls back, again and again, while a descriptor can be read: for a connection that is kept open, whose answers then
    /// cost no call to ask for the next one. Closing the descriptor ends it.
    /// </summary>
    /// <param name="descriptor">Not one that clients are waited for on.</param>
    /// <param name="owner">For <see cref="Forget"/>.</param>
    /// <param name="readable">Does not throw; on the events' thread.</param>
    /// <exception cref="LibcException">No memory left in the kernel.</exception>
    public void Watch(int descriptor, object owner, Action readable)
    {
        _watched[descriptor] = (owner, readable);
        Control(LibC.EPOLL_CTL_ADD, descriptor, LibC.EPOLLIN);
    }

    /// <summary>Before the owner closes the descriptor, or after: its number may have another owner by then.</summary>
    public void Forget(int descriptor, object owner)
    {
        if (_watched.TryGetValue(descriptor, out var watch) && watch.Owner == owner)
        {
            _watched.TryRemove(new(descriptor, watch));
        }
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
        (_listener, _clientsWait) = (descriptor, clientsWait);
        ResumeListener();
    }

    internal void PauseListener() => Control(LibC.EPOLL_CTL_DEL, _listener, 0);

    internal void ResumeListener() => Control(LibC.EPOLL_CTL_ADD, _listener, LibC.EPOLLIN | LibC.EPOLLEXCLUSIVE);

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
        while (!_ended)
        {
            if (_next == _count)
            {
                Wait();
            }
            else
            {
                HandleGuarded(_happened[_next++].data.fd);
                if (_ofThisThread != this)
                {
                    return;
                }
            }
        }

        Close();
    }

    private void Wait()
    {
        _next = 0;
        _count = LibC.epoll_wait(_epoll, _happened, Batch, -1);
        if (_count < 0)
        {
            _count = Marshal.GetLastPInvokeError() == LibC.EINTR ? 0 : throw LibcException.Last("epoll_wait");
        }
    }

    /// <summary>One client's trouble must not end the worker and all others.</summary>
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

    private void Handle(int descriptor)
    {
        if (descriptor == _listener)
        {
            _clientsWait!();
        }
        else if (descriptor == _wake.Read)
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

    /// <summary>One byte was written for each action.</summary>
    private void RunInvoked()
    {
        byte* one = stackalloc byte[1];
        if (LibC.read(_wake.Read, one, 1) == 1 && _invoked.TryDequeue(out Action? action))
        {
            action();
        }
    }

    private void Close()
    {
        _relief.Dispose();
        NativeMemory.Free(_happened);
        Descriptors.Close(_epoll);
        Descriptors.Close(_wake.Read);
        Descriptors.Close(_wake.Write);
    }
}
