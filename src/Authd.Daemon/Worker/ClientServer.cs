// Accepts clients in one worker and serves them all at once.
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Interop;

namespace Authd.Daemon.Worker;

/// <summary>
/// Counts the worker's clients and keeps to their limit. A request that is there already and that a module can answer at
/// once is served where it is accepted, on the events' thread; everything else goes on when its event comes.
/// </summary>
internal sealed class ClientServer : IWaitingRoom, IDisposable
{
    /// <summary>Clients accepted in a row before the events of those that are there get their turn.</summary>
    private const int AcceptedInARow = 16;

    /// <summary>Clients that a worker which leaves still takes off the queue; it leaves even if the queue never empties.</summary>
    private const int LateClients = 100;

    private const int WarnEvery = 60_000;

    /// <summary>
    /// How long a worker that stands by leaves a client to the others: they are usually done with what they have within a
    /// millisecond. Under load that happens all the time, so it looks ever more rarely then, and they keep the processors.
    /// </summary>
    private static readonly TimeSpan FirstPatience = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPatience = TimeSpan.FromMilliseconds(200);

    /// <summary>After so many milliseconds without a client for it, it is patient for a short time again.</summary>
    private const int QuietTime = 1000;
    private static readonly TimeSpan OutOfDescriptorsPause = TimeSpan.FromMilliseconds(100);

    private readonly Lock _sync = new();
    private readonly SocketEvents _events;
    private readonly DeadlineWatch _watch;
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SharedListener _listener;
    private readonly RequestHandler _handler;
    private readonly Limits _limits;
    private readonly Log _log;
    private readonly Action _served;
    private readonly Timer _standby;
    private TimeSpan _patience = FirstPatience;
    private long _lastLeft;
    private bool _standsBy;
    private bool _hasServed;
    private readonly CancellationTokenSource _closing = new();
    private readonly int _mostWaiting;
    private int _clients;
    private int _waiting;
    private bool _saidWaiting;
    private bool _paused;
    private bool _finishing;
    private long _nextWarning;
    private long _nextAcceptWarning;

    /// <param name="listenDescriptor">The socket that is shared with the other workers.</param>
    /// <param name="handler">Answers.</param>
    /// <param name="limits">What a client may take.</param>
    /// <param name="mostWaiting">Replies to failed logins that may wait at a time.</param>
    /// <param name="log">The log.</param>
    /// <param name="served">Called once, when the first client has been served.</param>
    internal ClientServer(int listenDescriptor, RequestHandler handler, Limits limits, int mostWaiting, Log log, Action served)
    {
        _events = new SocketEvents(e => log.Crit($"internal error, the worker goes on; please report it: {e}"));
        _watch = new DeadlineWatch(log);
        _standby = new Timer(_ => _events.Invoke(TakeLeftClients));
        _served = served;
        _listener = new SharedListener(listenDescriptor, _events);
        _handler = handler;
        _limits = limits;
        _mostWaiting = mostWaiting;
        _log = log;
    }

    /// <summary>Starts accepting: all clients, or, standing by, those that no other worker takes.</summary>
    internal void Start(bool standsBy)
    {
        SocketEvents.OfProcess = _events;
        _standsBy = standsBy;
        _listener.Start(ClientsWait);
    }

    /// <summary>Stands by from now on, or no longer: the supervisor knows how many others there are.</summary>
    internal void StandBy(bool standsBy) => _events.Invoke(() =>
    {
        _standsBy = standsBy;
        if (!standsBy)
        {
            TakeLeftClients();
        }
    });

    /// <summary>Runs <paramref name="action"/> on the thread that serves clients, which shows that it does not hang.</summary>
    internal void Invoke(Action action) => _events.Invoke(action);

    /// <summary>Done when, after <see cref="Finish"/>, all clients are served.</summary>
    internal Task Finished => _finished.Task;

    /// <summary>Accepts no more: on the events' thread, where no client can be in the act of being accepted.</summary>
    internal void Finish() => _events.Invoke(StopAccepting);

    /// <summary>SIGTERM has it accept no more, too; SIGHUP and SIGINT are for the supervisor.</summary>
    internal void FinishOn(HeldSignals signals) => _events.Watch(signals.Descriptor, signals, () =>
    {
        while (signals.Next() is not 0 and var number)
        {
            if (number == HeldSignals.SigTerm)
            {
                StopAccepting();
            }
        }
    });

    /// <summary>Closes the connections whose request has not come yet, those just accepted among them.</summary>
    internal void CloseSilentClients() => _events.Invoke(() =>
    {
        foreach (ClientConnection client in _watch.Snapshot().OfType<ClientConnection>())
        {
            client.CloseIfSilent();
        }

        _closing.Cancel();
    });

    /// <inheritdoc/>
    public CancellationToken Closing => _closing.Token;

    /// <inheritdoc/>
    public bool TryEnter()
    {
        lock (_sync)
        {
            if (_waiting == _mostWaiting)
            {
                if (!_saidWaiting)
                {
                    _saidWaiting = true;
                    _log.Warn($"{_waiting} replies to failed logins wait in this worker ([penalty] waiting), further ones go out at once");
                }

                return false;
            }

            _waiting++;
        }

        Leave();
        return true;
    }

    public void Dispose()
    {
        _standby.Dispose();
        _events.Dispose();
        _listener.Dispose();
        _watch.Dispose();
        _closing.Dispose();
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

    private void ClientsWait()
    {
        if (!_standsBy)
        {
            AcceptClients(AcceptedInARow);
            return;
        }

        // The kernel wakes this worker when all others are busy (or hang, or are gone): not for long, as a rule.
        lock (_sync)
        {
            Pause();
        }

        long now = Environment.TickCount64;
        _patience = now - _lastLeft > QuietTime ? FirstPatience : _patience * 2 < LongestPatience ? _patience * 2 : LongestPatience;
        _lastLeft = now;
        _standby.Change(_patience, Timeout.InfiniteTimeSpan);
    }

    private void TakeLeftClients()
    {
        AcceptClients(_limits.Connections);
        lock (_sync)
        {
            if (_clients < _limits.Connections)
            {
                Resume();
            }
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
        try
        {
            lock (_sync)
            {
                bool wasFull = _clients-- == _limits.Connections;
                FinishWhenEmpty();
                if (wasFull)
                {
                    Resume();
                }
            }
        }
        catch (LibcException e)
        {
            WarnOfAccept(e);
            _ = PauseForAWhileAsync();
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
            WarnOfAccept(e);
            _ = PauseForAWhileAsync();
            return -1;
        }
    }

    private async Task PauseForAWhileAsync()
    {
        try
        {
            lock (_sync)
            {
                Pause();
            }

            await Task.Delay(OutOfDescriptorsPause);
        }
        finally
        {
            _events.Invoke(ResumeOrTryAgain);
        }
    }

    /// <summary>The kernel may have no memory for that at the moment; a worker that never accepts again would be lost.</summary>
    private void ResumeOrTryAgain()
    {
        try
        {
            lock (_sync)
            {
                if (_clients < _limits.Connections)
                {
                    Resume();
                }
            }
        }
        catch (LibcException e)
        {
            WarnOfAccept(e);
            _ = PauseForAWhileAsync();
        }
    }

    private void WarnOfAccept(LibcException failure)
    {
        long now = Environment.TickCount64;
        if (now >= _nextAcceptWarning)
        {
            _nextAcceptWarning = now + WarnEvery;
            _log.Crit($"cannot accept a client: {ResourceLimit.Explain(failure)}; clients wait in the queue");
        }
    }

    private void Serve(int descriptor)
    {
        ClientConnection? client = null;
        Task served;
        try
        {
            client = new ClientConnection(descriptor, _events, _handler, _limits, _watch, this, _log);
            served = client.ServeAsync();
        }
        catch (Exception e)
        {
            // Before the connection is there nobody else closes it.
            Descriptors.Close(descriptor);
            served = Task.FromException(e);
        }

        if (served.IsCompletedSuccessfully)
        {
            LeaveServed(client);
        }
        else
        {
            _ = FollowAsync(client, served);
        }
    }

    private void LeaveServed(ClientConnection? client)
    {
        if (!_hasServed)
        {
            _hasServed = true;
            _served();
        }

        if (client is not { HasLeftItsPlace: true })
        {
            Leave();
            return;
        }

        lock (_sync)
        {
            _waiting--;
            FinishWhenEmpty();
        }
    }

    private async Task FollowAsync(ClientConnection? client, Task served)
    {
        try
        {
            await served;
        }
        catch (Exception e)
        {
            _log.Err($"internal error while serving a client: {(ResourceLimit.Behind(e) is null ? e.ToString() : ResourceLimit.Explain(e))}");
        }

        LeaveServed(client);
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
        if (_paused && !_finishing)
        {
            _listener.Resume();
            _paused = false;
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
        if (_finishing && _clients == 0 && _waiting == 0)
        {
            _finished.TrySetResult();
        }
    }
}
