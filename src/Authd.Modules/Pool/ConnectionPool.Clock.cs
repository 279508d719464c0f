namespace Authd.Modules.Pool;

/// <content>The timers' part: late requests, blocked and silent connections, outages, idle connections.</content>
public sealed partial class ConnectionPool<TRequest>
{
    /// <summary>The duration from which on a round trip is unusually long; on a far server all of them take long.</summary>
    private TimeSpan Unusual => Later(LongWait, 5 * _trips.Usual);

    private void StartTicking()
    {
        _quiet = 0;
        if (!_ticking)
        {
            _ticking = true;
            _tick.Change(TickLength, TickLength);
        }
    }

    /// <summary>Starts a timer once, unless the pool is being closed.</summary>
    private void Wake(ITimer timer, TimeSpan after)
    {
        if (!_closing)
        {
            PoolClock.Wake(timer, after);
        }
    }

    private void Retry()
    {
        bool connect;
        lock (_sync)
        {
            connect = _outage.Away && !_closing && StartConnecting(_clock.Now);
        }

        if (connect)
        {
            _ = ConnectAsync();
        }
    }

    /// <summary>Runs while requests are under way: ends those that have
    /// waited too long, and opens a connection when it helps.</summary>
    private void Tick()
    {
        List<TRequest> late;
        List<MultiplexedConnection<TRequest>> busy;
        PooledConnection<TRequest>? helper;
        bool connect;
        lock (_sync)
        {
            TimeSpan now = _clock.Now;
            late = Late(now);
            late.AddRange(Abandon(now));
            PassBlocked(now);
            helper = _queue.Count > 0 && TryPopIdle(out PooledConnection<TRequest>? idle) ? idle : null;
            connect = helper is null && NeedsConnection(now) && StartConnecting(now);
            busy = [.. _connections.OfType<MultiplexedConnection<TRequest>>().Where(static connection => connection.Group.Count > 0)];
            _quiet = _queue.Count > 0 || _connections.Count > _idle.Count ? 0 : _quiet + 1;
            if (_quiet > QuietTicks)
            {
                _ticking = false;
                _tick.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }

        late.ForEach(static request => request.Finish());
        if (connect)
        {
            _ = ConnectAsync();
        }

        if (helper is not null)
        {
            _ = StartAsync(helper);
        }

        busy.ForEach(static connection => connection.LookAfter());
    }

    private bool NeedsConnection(TimeSpan now) =>
        !_outage.Away && _connections.Count > 0 && MayGrow(now)
        && _queue.First is { Value.Queued: var since } && now - since > LongWait && !_connections.Exists(IsAboutToTake);

    /// <summary>It has just joined, and its thread takes what waits in a moment.</summary>
    private static bool IsAboutToTake(PooledConnection<TRequest> connection) => connection.Group.Count == 0 && !connection.IsLeaving;

    private bool MayGrow(TimeSpan now) =>
        _connections.Count(static connection => !connection.IsLeaving) + _abandoned < _limits.Connections && now >= _noGrowthBefore;

    /// <summary>
    /// Sends lookups behind a blocked one a second time, on another connection; the first answer counts.
    /// </summary>
    private void PassBlocked(TimeSpan now)
    {
        foreach (PooledConnection<TRequest> connection in _connections.Where(connection => IsStuck(connection, 1, Unusual, now)))
        {
            foreach (TRequest request in connection.Group.Where(static request => !request.IsAnswered).Skip(1).Where(static request => !request.Overtaking))
            {
                request.Overtaking = true;
                request.Queued = now;
                _queue.AddLast(request);
            }
        }
    }

    /// <summary>It is to answer more requests than so many, and has not done it for long. One that is multiplexed looks after itself.</summary>
    private static bool IsStuck(PooledConnection<TRequest> connection, int requests, TimeSpan longest, TimeSpan now) =>
        connection is not MultiplexedConnection<TRequest> && connection.Group.Count > requests && now - connection.OwesSince > longest;

    private List<TRequest> Late(TimeSpan now)
    {
        List<TRequest> late = [.. _queue.Where(request => now >= request.Deadline)];
        late.ForEach(request => _queue.Remove(request));
        return late;
    }

    /// <summary>
    /// Gives up connections whose server does not answer. They close when their answer comes after all, or when the kernel finds
    /// the peer gone; until then they hold no request.
    /// </summary>
    private List<TRequest> Abandon(TimeSpan now)
    {
        List<PooledConnection<TRequest>> stuck = _connections.FindAll(connection => IsStuck(connection, 0, AnswerTime, now));
        List<TRequest> requests = [];
        foreach (PooledConnection<TRequest> connection in stuck)
        {
            connection.Abandoned = true;
            connection.Interrupt();
            _abandoned++;
            _connections.Remove(connection);
            requests.AddRange(connection.Group);
        }

        if (stuck.Count > 0)
        {
            TimeoutException silent = new($"no answer from the server within {AnswerTime.TotalMilliseconds:F0} ms");
            if (_connections.Exists(connection => now - connection.LastAnswer < AnswerTime))
            {
                _log.Err($"{_source.ModuleName}: {silent.Message}");
            }
            else
            {
                requests.AddRange(BeginOutage(_source.Explain(silent), now));
            }
        }

        return requests;
    }

    /// <summary>Closes connections that have been idle for long.</summary>
    private void CloseIdle()
    {
        List<PooledConnection<TRequest>> unused;
        bool asked = Neighbours.HaveAsked;
        lock (_sync)
        {
            TimeSpan now = _clock.Now;
            MakeRoom(asked, now);
            unused = now >= _lastUse + _limits.IdleTimeout ? TakeIdle() : TakeSpare(now);
            if (_connections.Count > 0)
            {
                WakeRest(now);
            }
        }

        _ = CloseAsync(unused);
    }

    /// <summary>
    /// A worker without any connection cannot answer at all, while one with several is only faster. So each gives up all but one,
    /// when its requests are done.
    /// </summary>
    private void MakeRoom(bool asked, TimeSpan now)
    {
        _surplus = asked ? _connections.Count - 1 : 0;
        if (asked)
        {
            _noGrowthBefore = now + RegrowAfterCrowd;
        }
    }

    private void WakeRest(TimeSpan now)
    {
        TimeSpan end = _lastUse + _limits.IdleTimeout;
        TimeSpan left = end > now ? end - now : _limits.IdleTimeout;
        Wake(_rest, _connections.Count > 1 ? Earlier(left, LookAround) : left);
    }

    /// <summary>Idle connections beyond the first, each of which takes a place that another worker may need.</summary>
    private List<PooledConnection<TRequest>> TakeSpare(TimeSpan now)
    {
        List<PooledConnection<TRequest>> spare = _idle.FindAll(connection => _surplus > 0 || now - connection.LastAnswer >= FurtherIdle);
        int most = _connections.Count - 1;
        if (spare.Count > most)
        {
            spare.RemoveRange(most, spare.Count - most);
        }

        _surplus = Math.Max(0, _surplus - spare.Count);
        _idle.RemoveAll(spare.Contains);
        _connections.RemoveAll(spare.Contains);
        CountConnections();
        return spare;
    }
}
