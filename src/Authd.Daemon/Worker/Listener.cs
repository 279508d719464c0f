// Accepts the clients of one listening socket in one worker and serves them concurrently.
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Metrics;
using Authd.Daemon.Clients;
using Authd.Linux.Events;
using Authd.Linux.Files;
using Authd.Linux.Native;
using Authd.Linux.Processes;
using Authd.Linux.Sockets;

namespace Authd.Daemon.Worker;

/// <summary>
/// Counts the clients of one socket and keeps to their limit. A request that has already arrived and that a module can answer at
/// once is served where it is accepted, on the loop's thread. Any other continues when its event comes.
/// </summary>
internal sealed class Listener : IWaitingRoom, IDisposable
{
    /// <summary>
    /// The largest number of clients that are accepted and heard before the first of them is answered: files are then looked at
    /// once for all of them. More would leave other workers, which may have a processor, without work.
    /// </summary>
    private const int MostTogether = 8;

    /// <summary>An accept that finds nobody costs a tenth of a request. A worker that meets one client at a time tries for a
    /// second one only once in so many.</summary>
    private const int TrySecondEvery = 16;

    /// <summary>The number of clients that a leaving worker still takes
    /// from the queue; it leaves even if the queue never empties.</summary>
    private const int LateClients = 100;

    private const int WarnEvery = 60_000;

    /// <summary>
    /// The time for which a worker that stands by leaves a client to the others, which usually become free within a millisecond.
    /// Under load this happens all the time, so the pause grows, and the others keep the processors.
    /// </summary>
    private static readonly TimeSpan FirstPatience = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPatience = TimeSpan.FromMilliseconds(200);

    /// <summary>Milliseconds without a client after which the pause is short again.</summary>
    private const int QuietTime = 1000;
    private static readonly TimeSpan OutOfDescriptorsPause = TimeSpan.FromMilliseconds(100);

    private readonly Lock _sync = new();
    private readonly EventLoop _events;
    private readonly IServedClient[] _heard = new IServedClient[MostTogether];
    private int _together = 1;
    private int _alone;
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SharedListener _listener;
    private readonly IClientService _service;
    private readonly Limits _limits;
    private readonly Log _log;
    private readonly WorkerCounters _counters;
    private readonly Action _served;
    private readonly Timer _standby;
    private TimeSpan _patience = FirstPatience;
    private long _lastLeft;
    private bool _standsBy;
    private bool _hasServed;
    private readonly CancellationTokenSource _closing = new();
    private readonly int _mostWaiting;
    private int _clients;
    private int _mostClients;
    private int _waiting;
    private bool _saidWaiting;
    private bool _paused;
    private bool _finishing;
    private long _nextWarning;
    private long _nextAcceptWarning;

    /// <param name="events">The loop that waits for clients.</param>
    /// <param name="listenDescriptor">The socket, shared with the other workers.</param>
    /// <param name="service">Serves clients.</param>
    /// <param name="limits">The limits of a client.</param>
    /// <param name="mostWaiting">The number of replies to failed logins that may be delayed at a time.</param>
    /// <param name="counters">The worker's counters.</param>
    /// <param name="log">The log.</param>
    /// <param name="served">Called once, when the first client has been served.</param>
    internal Listener(
        EventLoop events,
        int listenDescriptor,
        IClientService service,
        Limits limits,
        int mostWaiting,
        WorkerCounters counters,
        Log log,
        Action served)
    {
        _counters = counters;
        _events = events;
        _standby = new Timer(_ => _events.Invoke(TakeLeftClients));
        _served = served;
        _listener = new SharedListener(listenDescriptor, _events);
        _service = service;
        _limits = limits;
        _mostWaiting = mostWaiting;
        _log = log;
    }

    /// <summary>Starts accepting: all clients or, standing by, those that no other worker takes.</summary>
    internal void Start(bool standsBy)
    {
        _standsBy = standsBy;
        _listener.Start(ClientsWait);
    }

    /// <summary>Starts or ends standing by: the supervisor knows how many other workers there are.</summary>
    internal void StandBy(bool standsBy) => _events.Invoke(() =>
    {
        _standsBy = standsBy;
        if (!standsBy)
        {
            TakeLeftClients();
        }
    });

    /// <summary>Completes when, after <see cref="Finish"/>, all clients are served.</summary>
    internal Task Finished => _finished.Task;

    /// <summary>Stops accepting, on the loop's thread, where no client is just being accepted.</summary>
    internal void Finish() => _events.Invoke(StopAccepting);

    /// <summary>Closes the connections whose request has not arrived yet, including those just accepted.</summary>
    internal void CloseSilentClients() => _events.Invoke(() =>
    {
        _service.CloseSilent();
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

            _counters.Set(WorkerWord.Waiting, ++_waiting);
            _counters.Add(WorkerWord.Delayed);
        }

        Leave();
        return true;
    }

    public void Dispose()
    {
        _standby.Dispose();
        _listener.Dispose();
        _closing.Dispose();
    }

    /// <summary>Stops accepting at once; runs on the loop's thread.</summary>
    internal void StopAccepting()
    {
        lock (_sync)
        {
            Pause();
        }

        // The kernel may have woken only this worker for the clients in the queue.
        AcceptAll(LateClients);
        lock (_sync)
        {
            _finishing = true;
        }

        _service.Finish();
        lock (_sync)
        {
            FinishWhenEmpty();
        }
    }

    private void ClientsWait()
    {
        if (!_standsBy)
        {
            AcceptSome();
            return;
        }

        // The kernel wakes this worker when all others are busy, hang or have ended; usually that does not last.
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
        AcceptAll(_limits.Connections);
        lock (_sync)
        {
            if (_clients < _limits.Connections)
            {
                Resume();
            }
        }
    }

    /// <summary>Serves as many clients as usually wait together. If there are more, the loop reports the socket again.</summary>
    private void AcceptSome()
    {
        int served = ServeTogether(_together);
        _together = served < _together ? Math.Max(served, 1)
            : _together > 1 || ++_alone % TrySecondEvery == 0 ? Math.Min(_together * 2, MostTogether)
            : 1;
    }

    private void AcceptAll(int atMost)
    {
        while (atMost > 0 && ServeTogether(Math.Min(atMost, MostTogether)) == MostTogether)
        {
            atMost -= MostTogether;
        }
    }

    /// <summary>Accepts clients, and serves them when all have been heard; their number.</summary>
    private int ServeTogether(int most)
    {
        int heard = 0;
        while (heard < most && TryTake() is { } client)
        {
            client.ReceiveArrived();
            _heard[heard++] = client;
        }

        for (int i = 0; i < heard; i++)
        {
            Serve(_heard[i]);
        }

        Array.Clear(_heard);
        return heard;
    }

    /// <summary>The next client of the queue; <c>null</c>: nobody waits, or no place is free.</summary>
    private IServedClient? TryTake()
    {
        if (!TakePlace())
        {
            return null;
        }

        int descriptor = TryAccept();
        if (descriptor < 0)
        {
            Leave();
            return null;
        }

        try
        {
            _counters.Add(WorkerWord.Accepted);
            return _service.Open(descriptor, this);
        }
        catch (Exception e)
        {
            // Without a connection nobody else closes the descriptor.
            Descriptors.Close(descriptor);
            _ = FollowAsync(null, Task.FromException(e));
            return null;
        }
    }

    /// <summary>At the limit no client is accepted: it waits in the queue, where another worker may take it.</summary>
    private bool TakePlace()
    {
        lock (_sync)
        {
            if (_finishing || _clients == _limits.Connections)
            {
                return false;
            }

            CountClients(1);

            // Pause now, not at the next client, for which the kernel would wake only this worker.
            if (_clients == _limits.Connections)
            {
                Pause();
                WarnOfLimit();
            }

            return true;
        }
    }

    private void CountClients(int difference)
    {
        _clients += difference;
        _counters.Set(WorkerWord.Clients, _clients);
        if (_clients > _mostClients)
        {
            _mostClients = _clients;
            _counters.Set(WorkerWord.MostClients, _clients);
        }
    }

    private void Leave()
    {
        try
        {
            lock (_sync)
            {
                bool wasFull = _clients == _limits.Connections;
                CountClients(-1);
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

    /// <summary>The kernel may have no memory at the moment; a worker that never accepts again would be lost.</summary>
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

    private void Serve(IServedClient client)
    {
        Task served = client.ServeAsync();
        if (served.IsCompletedSuccessfully)
        {
            LeaveServed(client);
        }
        else
        {
            _ = FollowAsync(client, served);
        }
    }

    private void LeaveServed(IServedClient? client)
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
            _counters.Set(WorkerWord.Waiting, --_waiting);
            FinishWhenEmpty();
        }
    }

    private async Task FollowAsync(IServedClient? client, Task served)
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
