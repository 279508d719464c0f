// A server for modules: few connections, many lookups, no request that waits for a dead server.
using System.Diagnostics.CodeAnalysis;
using Authd.Core.Logging;
using Authd.Core.Metrics;
using Authd.Linux.Events;

namespace Authd.Modules.Pool;

/// <summary>
/// Requests wait in one queue. A connection takes what waits: requests that can share a round trip do, any other goes alone. A
/// <see cref="MultiplexedConnection{TRequest}"/> takes further ones while others are under way.
/// One connection is enough unless the server is far away or slow: then a further one is opened as soon as a request finds none idle.
/// On a near server a further one is opened when a request has waited for long. A server that has no room for a further one is no
/// outage: requests use the connections that there are.
/// </summary>
public sealed partial class ConnectionPool<TRequest> : IAsyncDisposable
    where TRequest : PendingRequest
{
    private const int QuietTicks = 50;
    private const int MostTogether = 32;
    private static readonly TimeSpan TickLength = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongWait = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan RegrowAfter = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RegrowAfterCrowd = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AnswerGrace = TimeSpan.FromMilliseconds(500);

    // Other workers may be waiting for the place of a connection that
    // is not always needed here; this is shorter than a request waits.
    private static readonly TimeSpan FurtherIdle = TimeSpan.FromSeconds(3);

    // The interval at which a pool with several connections checks whether one can be spared.
    private static readonly TimeSpan LookAround = TimeSpan.FromSeconds(1);

    // The time for which a connection that was given a request is believed to be alive, however long it was idle before.
    private static readonly TimeSpan Trust = TimeSpan.FromSeconds(1);

    // The time that a request may wait for an attempt that has been under way for long: the server may just have come back.
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(100);
    private readonly Lock _sync = new();
    private readonly IConnectionSource<TRequest> _source;
    private readonly PoolLimits _limits;
    private readonly Log _log;
    private readonly PoolClock _clock;
    private readonly Outage _outage;
    private readonly LinkedList<TRequest> _queue = new();
    private readonly RoundTrips _trips = new();
    private readonly List<PooledConnection<TRequest>> _connections = [];

    // The connection that became idle last is at the end and is used next; the others may stay idle for good.
    private readonly List<PooledConnection<TRequest>> _idle = [];
    private readonly Action _depart;
    private readonly ITimer _tick;
    private readonly ITimer _retry;
    private readonly ITimer _rest;

    /// <summary>The connection that takes further requests until it departs.</summary>
    private PooledConnection<TRequest>? _gathering;
    private bool _connecting;
    private bool _closing;
    private bool _ticking;
    private int _quiet;
    private int _abandoned;
    private int _counted;
    private bool _toldCrowd;
    private int _surplus;
    private TimeSpan _noGrowthBefore;
    private TimeSpan _lastUse;

    /// <summary>Connects to nothing yet.</summary>
    /// <param name="source">The source of connections; disposed of with the pool.</param>
    /// <param name="limits">The number of connections, and time limits.</param>
    /// <param name="log">The log.</param>
    /// <param name="clock">The clock; <c>null</c>: the machine's.</param>
    public ConnectionPool(IConnectionSource<TRequest> source, PoolLimits limits, Log log, PoolClock? clock = null)
    {
        (_source, _limits, _log, _clock) = (source, limits, log, clock ?? PoolClock.System);
        _outage = new Outage(source.BackLine, log, Random.Shared.NextDouble);
        _depart = Depart;
        _tick = _clock.Timer(Tick);
        _retry = _clock.Timer(Retry);
        _rest = _clock.Timer(CloseIdle);
    }

    /// <summary>The other processes with connections to the same server.</summary>
    public IPoolNeighbours Neighbours { get; set; } = new NoPoolNeighbours();

    /// <summary>The counters for connections and round trips.</summary>
    public ModuleCounters Counters { get; set; } = ModuleCounters.Unread();

    private TimeSpan AnswerTime => _limits.AnswerTimeout + AnswerGrace;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        List<PooledConnection<TRequest>> idle;
        lock (_sync)
        {
            _closing = true;
            idle = TakeIdle();
        }

        await _rest.DisposeAsync();
        await _retry.DisposeAsync();
        await CloseAsync(idle);
        await CloseSourceAsync();
    }

    /// <summary>Closes the source after the last connection of a pool that is being closed.</summary>
    private async Task CloseSourceAsync()
    {
        bool last;
        lock (_sync)
        {
            last = _closing && _connections.Count == 0 && !_connecting;
        }

        if (last)
        {
            await _source.DisposeAsync();
        }
    }

    /// <summary>The deadline of a request that begins now.</summary>
    public TimeSpan Deadline() => _clock.Now + AnswerTime;

    /// <summary>
    /// Handles the failure to open a connection for a single caller. True: the server has no room for a further one, so the work
    /// should be submitted as a request.
    /// </summary>
    public bool ServerIsFull(Exception failure)
    {
        ConnectFailure absence = _source.Explain(failure);
        if (absence.ServerIsFull)
        {
            lock (_sync)
            {
                TellCrowd(absence);
                _noGrowthBefore = _clock.Now + RegrowAfterCrowd;
            }
        }

        return absence.ServerIsFull;
    }

    /// <summary>Queues the request, or fails it at once. Its continuation runs on whichever thread completes it.</summary>
    public void Submit(TRequest request)
    {
        PooledConnection<TRequest>? connection = null;
        bool connect = false;
        bool hopeless = false;
        bool isLater = false;
        lock (_sync)
        {
            _lastUse = request.Queued = _clock.Now;
            if (_outage.Away)
            {
                connect = _outage.MayTry(_lastUse) && StartConnecting(_lastUse);
                hopeless = !MayWait(request);
                request.IsRefused = _outage.Refuses;
            }
            else if (_gathering is not null && Fits(request, _gathering))
            {
                connection = _gathering;
                Give(connection, request, _lastUse);
                isLater = true;
            }
            else if (TryPopIdle(out connection))
            {
                Give(connection, request, _lastUse);
                isLater = Gather(connection);
            }
            else if (_queue.Count == 0 && _connections.Find(one => !one.IsLeaving && Fits(request, one) && one.TryJoinGroup(request)) is { } sender)
            {
                // Not past others that wait: some of them have to go alone.
                connection = sender;
                Give(connection, request, _lastUse);
                isLater = true;
            }
            else
            {
                connection = Roomiest();
                if (connection is not null)
                {
                    Give(connection, request, _lastUse);
                }

                connect = NeedsCompany(_lastUse) && StartConnecting(_lastUse);
            }

            if (!hopeless && connection is null)
            {
                _queue.AddLast(request);
            }

            StartTicking();
        }

        if (hopeless)
        {
            request.Finish();
        }

        if (connect)
        {
            _ = ConnectAsync();
        }

        if (connection is MultiplexedConnection<TRequest> multiplexed)
        {
            multiplexed.Send(request);
        }
        else if (connection is not null && !isLater)
        {
            _ = ServeAsync(connection);
        }
    }

    /// <summary>The request can travel with those that the connection has.</summary>
    private static bool Fits(TRequest request, PooledConnection<TRequest> connection) =>
        connection.Group.Count == 0 || (connection.Group.Count < MostTogether && request.CanShare && connection.Group[0].CanShare);

    /// <summary>
    /// Keeps a connection to a near server until the event loop has handled all that has happened: requests that arrive together
    /// travel together, which costs less than a round trip each. A far server's connection departs at once.
    /// </summary>
    private bool Gather(PooledConnection<TRequest> connection)
    {
        if (!connection.Group[0].CanShare || _gathering is not null || !connection.IsNearby || EventLoop.Current is not { } loop)
        {
            return false;
        }

        _gathering = connection;
        loop.AfterTurn(_depart);
        return true;
    }

    private void Depart()
    {
        PooledConnection<TRequest> connection;
        lock (_sync)
        {
            connection = _gathering!;
            _gathering = null;
        }

        _ = ServeAsync(connection);
    }

    /// <summary>Whether a request may wait during an outage; sets the end of the wait.</summary>
    private bool MayWait(TRequest request)
    {
        if (_outage.IsPassing)
        {
            if (!_connecting)
            {
                Wake(_retry, _outage.PauseLeft(request.Queued));
            }

            LimitWaiting(request);
            return true;
        }

        request.Deadline = Earlier(request.Deadline, Later(_outage.WaitUntil, request.Queued + AtOnce));
        return _connecting;
    }

    /// <summary>
    /// A server that comes up usually does so soon. Without room on the server, a connection that another worker does not need
    /// any more becomes free within the time of an answer.
    /// </summary>
    private void LimitWaiting(TRequest request)
    {
        if (_outage.StartingUp)
        {
            request.Deadline = Earlier(request.Deadline, request.Queued + Outage.PatienceQuick);
        }
    }

    private bool StartConnecting(TimeSpan now)
    {
        // Server processes held by a blocked statement must not pile up.
        if (_connecting || _abandoned >= 2 * _limits.Connections)
        {
            return false;
        }

        _connecting = true;
        _outage.Attempt(now);
        return true;
    }

    private async Task ConnectAsync()
    {
        PooledConnection<TRequest>? connection = null;
        Exception? failure = null;
        try
        {
            using CancellationTokenSource limit = new(_source.AttemptLimit, _clock.Time);
            connection = await _source.OpenAsync(limit.Token);
        }
        catch (Exception error)
        {
            // To waiting requests any reason (network, TLS, a missing key file) is an outage.
            failure = error;
        }

        List<TRequest> failed = [];
        bool hasNone;
        lock (_sync)
        {
            _connecting = false;
            if (connection is not null)
            {
                Join(connection);
            }
            else
            {
                failed = Failed(failure!);
            }

            hasNone = _connections.Count == 0 && _outage is { Away: true, Crowded: true };
        }

        if (hasNone)
        {
            Neighbours.AskForRoom();
        }

        failed.ForEach(static request => request.Finish());
        if (connection is not null)
        {
            await StartAsync(connection);
        }
    }

    /// <summary>Gives a connection that has nothing to do what waits.</summary>
    private Task StartAsync(PooledConnection<TRequest> connection)
    {
        if (connection is MultiplexedConnection<TRequest> multiplexed)
        {
            Distribute(multiplexed);
            return Task.CompletedTask;
        }

        return ServeAsync(connection);
    }

    private void Give(PooledConnection<TRequest> connection, TRequest request, TimeSpan now)
    {
        connection.Group.Add(request);
        connection.OwesSince = connection.Group.Count == 1 ? now : connection.OwesSince;
        connection.Sent = request.Sent = now;
        connection.IsNearby = _trips.IsNearby;
    }

    /// <summary>There is no connection, or every one has as much to do as it does well.</summary>
    private bool NeedsCompany(TimeSpan now) =>
        _connections.TrueForAll(static connection => connection.IsLeaving) || (MayGrow(now) && _connections.TrueForAll(IsCrowded));

    private bool IsCrowded(PooledConnection<TRequest> connection) => connection is MultiplexedConnection<TRequest> multiplexed
        ? !multiplexed.HasRoom || multiplexed.Group.Count >= Crowd : connection.Group.Count > 0 && !_trips.IsNearby;

    private void Join(PooledConnection<TRequest> connection)
    {
        connection.Join(this, _clock);
        _outage.Over();
        _toldCrowd &= _connections.Count == 0;
        _connections.Add(connection);
        Counters.Add(ModuleWord.Connects);
        CountConnections();
        WakeRest(_clock.Now);
    }

    /// <summary>Handles a failed attempt. With another connection at
    /// work it only means that the server accepts no more.</summary>
    private List<TRequest> Failed(Exception error)
    {
        TimeSpan now = _clock.Now;
        ConnectFailure absence = _source.Explain(error);
        if (absence.ServerIsFull)
        {
            TellCrowd(absence);
        }

        if (!IsAnyAlive(absence, now))
        {
            return BeginOutage(absence, now);
        }

        if (!absence.ServerIsFull)
        {
            _log.Warn($"{_source.ModuleName}: no further connection: {absence.Text}");
        }

        _noGrowthBefore = now + (absence.ServerIsFull ? RegrowAfterCrowd : RegrowAfter);
        return [];
    }

    /// <summary>
    /// Whether one of the connections can be expected to answer, although an attempt to open another one has failed: the server
    /// itself refused it, or has just answered, or has had no time for that yet. A connection that is lost learns it soon, and
    /// one whose server stays silent is given up.
    /// </summary>
    private bool IsAnyAlive(ConnectFailure absence, TimeSpan now) =>
        (absence.ServerAnswered && !absence.IsStartingUp && _connections.Count > 0)
        || _connections.Exists(connection => now - connection.LastAnswer < AnswerTime || (connection.Group.Count > 0 && now - connection.Sent < Trust));

    private void TellCrowd(ConnectFailure absence)
    {
        if (!_toldCrowd)
        {
            _toldCrowd = true;
            string server = absence.Server is { } name ? $"{name}: " : "";
            _log.Warn($"{_source.ModuleName}: no room for a further connection, going on with {_connections.Count}: {server}{absence.Text}; "
                + "raise the limit there, or lower daemons or connections here");
        }
    }

    /// <summary>Begins an outage; returns the requests that must not wait any longer.</summary>
    private List<TRequest> BeginOutage(ConnectFailure absence, TimeSpan now)
    {
        _outage.Failed(absence, now);
        if (_outage.IsPassing && _queue.Count > 0)
        {
            foreach (TRequest request in _queue)
            {
                request.IsRefused = _outage.Refuses;
                LimitWaiting(request);
            }

            Wake(_retry, _outage.PauseLeft(now));
            return [];
        }

        Wake(_retry, _outage.Backoff());
        List<TRequest> waiting = [.. _queue];
        waiting.ForEach(request => request.IsRefused = _outage.Refuses);
        _queue.Clear();
        return waiting;
    }

    /// <summary>Serves waiting requests until none is left.</summary>
    private async Task ServeAsync(PooledConnection<TRequest> connection)
    {
        bool more = connection.Group.Count > 0 || Take(connection);
        while (more)
        {
            if (!await SendAsync(connection) || connection.Abandoned)
            {
                await LoseAsync(connection);
                return;
            }

            // The requests of a group that was sent together have been answered, unless only one of them was left to send.
            TRequest first = connection.Group[0];
            List<TRequest>? several = connection.Group.Count > 1 ? connection.Group.FindAll(static request => request.IsAnswered) : null;
            more = Return(connection);
            several?.ForEach(static request => request.Finish());
            if (several is null && first.IsAnswered)
            {
                first.Finish();
            }
        }

        // Not "if the pool is being closed": its closing may have closed this connection, which is idle, in between.
        if (connection.IsLeaving)
        {
            await EndAsync(connection);
        }
    }

    private async Task EndAsync(PooledConnection<TRequest> connection)
    {
        await CloseAsync(connection);
        await CloseSourceAsync();
    }

    /// <summary>Sends the group. A bug in a module must cost neither the
    /// pool a connection nor other requests their answers.</summary>
    private async ValueTask<bool> SendAsync(PooledConnection<TRequest> connection)
    {
        try
        {
            return await connection.SendAsync();
        }
        catch (Exception bug)
        {
            Report(connection, bug);
            return false;
        }
    }

    internal void Report(PooledConnection<TRequest> connection, Exception bug)
    {
        connection.Failure = $"{bug.GetType().Name}: {bug.Message}";
        _log.Err($"{_source.ModuleName}: {connection.Failure}");
    }

    /// <summary>
    /// Empties the group and takes the next one. Requests that lost their
    /// answer to another request's error return to the head of the queue.
    /// </summary>
    private bool Return(PooledConnection<TRequest> connection)
    {
        lock (_sync)
        {
            CountTrip(connection.Sent, connection.LastAnswer);
            Requeue(connection);
            return !IsSurplus(connection) && Take(connection);
        }
    }

    internal void LeaveGroup(PooledConnection<TRequest> connection, TRequest request)
    {
        lock (_sync)
        {
            CountTrip(request.Sent, connection.LastAnswer);
            connection.Group.Remove(request);
            connection.OwesSince = connection.LastAnswer;
        }
    }

    private void CountTrip(TimeSpan sent, TimeSpan answered)
    {
        if (answered > sent)
        {
            _trips.Add(answered - sent);
            Counters.RoundTrip(answered - sent);
        }
    }

    /// <summary>Others need its place: the connection leaves, and waiting requests use the rest.</summary>
    private bool IsSurplus(PooledConnection<TRequest> connection)
    {
        if (_surplus == 0 || _connections.Count == 1)
        {
            return false;
        }

        _surplus--;
        _connections.Remove(connection);
        CountConnections();
        return connection.IsLeaving = true;
    }

    /// <summary>Takes the next request and all that can travel with it; otherwise the connection becomes idle.</summary>
    private bool Take(PooledConnection<TRequest> connection)
    {
        lock (_sync)
        {
            TimeSpan now = _clock.Now;
            while (_queue.First is { Value: var request } && Fits(request, connection))
            {
                _queue.RemoveFirst();
                Give(connection, request, now);
            }

            if (connection.Group.Count > 0)
            {
                return true;
            }

            if (_closing)
            {
                _connections.Remove(connection);
                connection.IsLeaving = true;
            }
            else
            {
                _idle.Add(connection);
            }

            return false;
        }
    }

    private void Requeue(PooledConnection<TRequest> connection)
    {
        for (int i = connection.Group.Count - 1; i >= 0; i--)
        {
            if (!connection.Group[i].IsAnswered)
            {
                _queue.AddFirst(connection.Group[i]);
            }
        }

        connection.Group.Clear();
    }

    /// <summary>
    /// Handles a lost connection. Its unanswered requests that may be repeated are sent again on another one. Idle ones are not
    /// trusted with them, because the same cause has probably ended these, too.
    /// </summary>
    /// <param name="connection">The connection.</param>
    /// <param name="isAlone">The others are fine.</param>
    private async Task LoseAsync(PooledConnection<TRequest> connection, bool isAlone = false)
    {
        List<PooledConnection<TRequest>> gone;
        List<TRequest> failed;
        bool connect;
        TimeSpan now = _clock.Now;
        lock (_sync)
        {
            _abandoned -= connection.Abandoned ? 1 : 0;
            _connections.Remove(connection);
            gone = connection.Abandoned || isAlone ? [] : TakeIdle();
            CountConnections();
            failed = connection.Group.FindAll(static request => request.IsAnswered || request.SentAgain || !(request.CanRepeat || request.IsKnownUndone));
            connection.Group.RemoveAll(failed.Contains);
            connection.Group.ForEach(static request => request.SentAgain = true);
            Requeue(connection);
            connect = _queue.Count > 0 && _connections.TrueForAll(static other => other.IsLeaving) && !_outage.Away && StartConnecting(now);
        }

        LogLoss(connection, failed);
        failed.ForEach(static request => request.Finish());
        gone.Add(connection);
        if (connect)
        {
            _ = ConnectAsync();
        }

        if (connection is MultiplexedConnection<TRequest>)
        {
            Distribute(changed: null);
        }

        await CloseAsync(gone);
    }

    private void LogLoss(PooledConnection<TRequest> connection, List<TRequest> failed)
    {
        if (_source.LostLine is { } line)
        {
            _log.Debug(line);
        }

        if (connection.Failure.Length > 0 && failed.Exists(static request => !request.IsAnswered))
        {
            _log.Err($"{_source.ModuleName}: {connection.Failure}");
        }
    }

    private List<PooledConnection<TRequest>> TakeIdle()
    {
        List<PooledConnection<TRequest>> idle = [.. _idle];
        _idle.Clear();
        _connections.RemoveAll(idle.Contains);
        CountConnections();
        return idle;
    }

    /// <summary>Several pools may count in one place: the old configuration's and the new one's, or one for each use.</summary>
    private void CountConnections()
    {
        Counters.Add(ModuleWord.Connections, _connections.Count - _counted);
        _counted = _connections.Count;
    }

    private bool TryPopIdle([NotNullWhen(true)] out PooledConnection<TRequest>? connection)
    {
        connection = _idle.Count > 0 ? _idle[^1] : null;
        if (connection is not null)
        {
            _idle.RemoveAt(_idle.Count - 1);
        }

        return connection is not null;
    }

    private async Task CloseAsync(List<PooledConnection<TRequest>> connections)
    {
        foreach (PooledConnection<TRequest> connection in connections)
        {
            await CloseAsync(connection);
        }
    }

    private async Task CloseAsync(PooledConnection<TRequest> connection)
    {
        try
        {
            await connection.CloseAsync();
        }
        catch (Exception broken)
        {
            _log.Debug($"{_source.ModuleName}: closing a connection: {broken.Message}");
        }
    }

    private static TimeSpan Earlier(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
