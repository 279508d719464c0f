// Accepts clients in one worker and serves them all at once.
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Interop;

namespace Authd.Daemon.Worker;

/// <summary>
/// Counts the worker's clients and keeps to their limit. A request that is there already and that a module can answer at
/// once is served where it is accepted, on the events' thread; everything else goes on when its event comes.
/// </summary>
internal sealed class ClientServer : IDisposable
{
    /// <summary>Clients accepted in a row before the events of those that are there get their turn.</summary>
    private const int AcceptedInARow = 16;

    /// <summary>Clients that a worker which leaves still takes off the queue; it leaves even if the queue never empties.</summary>
    private const int LateClients = 100;

    private const int WarnEvery = 60_000;

    /// <summary>How often a worker that stands by looks for clients that nobody has taken.</summary>
    private static readonly TimeSpan StandbyPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OutOfDescriptorsPause = TimeSpan.FromMilliseconds(100);

    private readonly Lock _sync = new();
    private readonly SocketEvents _events = new();
    private readonly DeadlineWatch _watch = new();
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SharedListener _listener;
    private readonly RequestHandler _handler;
    private readonly Limits _limits;
    private readonly Log _log;
    private Timer? _standby;
    private int _clients;
    private bool _paused;
    private bool _finishing;
    private long _nextWarning;

    internal ClientServer(int listenDescriptor, RequestHandler handler, Limits limits, Log log)
    {
        SocketEvents.OfProcess = _events;
        _listener = new SharedListener(listenDescriptor, _events);
        _handler = handler;
        _limits = limits;
        _log = log;
    }

    /// <summary>Starts accepting: at once, or, standing by, once a second what the other workers have left in the queue.</summary>
    internal void Start(bool standsBy)
    {
        if (standsBy)
        {
            _paused = true;
            _standby = new Timer(_ => _events.Invoke(() => AcceptClients(_limits.Connections)), null, StandbyPeriod, StandbyPeriod);
        }
        else
        {
            _listener.Start(() => AcceptClients(AcceptedInARow));
        }
    }

    /// <summary>Done when, after <see cref="Finish"/>, all clients are served.</summary>
    internal Task Finished => _finished.Task;

    /// <summary>Accepts no more: on the events' thread, where no client can be in the act of being accepted.</summary>
    internal void Finish() => _events.Invoke(StopAccepting);

    /// <summary>Closes the connections whose request has not come yet, those just accepted among them.</summary>
    internal void CloseSilentClients() => _events.Invoke(() =>
    {
        foreach (ClientConnection client in _watch.Snapshot().OfType<ClientConnection>())
        {
            client.CloseIfSilent();
        }
    });

    public void Dispose()
    {
        _standby?.Dispose();
        _events.Dispose();
        _listener.Dispose();
        _watch.Dispose();
    }

    private void StopAccepting()
    {
        lock (_sync)
        {
            Pause();
        }

        // The kernel may have woken this worker, and no other, for clients in the queue.
        AcceptClients(LateClients);
        lock (_sync)
        {
            _finishing = true;
            FinishWhenEmpty();
        }
    }

    private void AcceptClients(int atMost)
    {
        // A client may have kept this thread so long that another one handles the events, and accepts, by now.
        for (int i = 0; i < atMost && SocketEvents.OfThisThread == _events && TakePlace(); i++)
        {
            int client = TryAccept();
            if (client < 0)
            {
                Leave();
                return;
            }

            Serve(client);
        }
    }

    /// <summary>At the limit nobody is accepted: the client waits in the queue, where another worker may take it.</summary>
    private bool TakePlace()
    {
        lock (_sync)
        {
            if (_finishing || _clients == _limits.Connections)
            {
                return false;
            }

            // Now, not at the next client: the kernel would wake this worker, and no other, for it.
            if (++_clients == _limits.Connections)
            {
                Pause();
                WarnOfLimit();
            }

            return true;
        }
    }

    private void Leave()
    {
        lock (_sync)
        {
            if (_clients-- == _limits.Connections)
            {
                Resume();
            }

            FinishWhenEmpty();
        }
    }

    private int TryAccept()
    {
        try
        {
            return _listener.TryAccept();
        }
        catch (LibcException e)
        {
            _log.Crit($"cannot accept a client: {e.Message}");
            _ = PauseForAWhileAsync();
            return -1;
        }
    }

    private async Task PauseForAWhileAsync()
    {
        lock (_sync)
        {
            Pause();
        }

        await Task.Delay(OutOfDescriptorsPause);
        lock (_sync)
        {
            Resume();
        }
    }

    private void Serve(int descriptor)
    {
        Task served = new ClientConnection(descriptor, _events, _handler, _limits, _watch, _log).ServeAsync();
        if (served.IsCompletedSuccessfully)
        {
            Leave();
        }
        else
        {
            _ = FollowAsync(served);
        }
    }

    private async Task FollowAsync(Task served)
    {
        try
        {
            await served;
        }
        catch (Exception e)
        {
            _log.Err($"internal error while serving a client: {e}");
        }

        Leave();
    }

    private void Pause()
    {
        if (!_paused)
        {
            _paused = true;
            _listener.Pause();
        }
    }

    private void Resume()
    {
        if (_paused && !_finishing && _standby is null)
        {
            _paused = false;
            _listener.Resume();
        }
    }

    private void WarnOfLimit()
    {
        long now = Environment.TickCount64;
        if (now >= _nextWarning)
        {
            _nextWarning = now + WarnEvery;
            _log.Warn($"{_clients} clients are connected to this worker ([limits] connections), the next ones wait");
        }
    }

    private void FinishWhenEmpty()
    {
        if (_finishing && _clients == 0)
        {
            _finished.TrySetResult();
        }
    }
}
