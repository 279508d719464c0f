// What happens by the clock: late requests, blocked and silent connections, outages, rest.

namespace Authd.Modules.Lanes;

/// <content>The timers' part.</content>
public sealed partial class LanePool<TJob>
{
    /// <summary>From when on a round trip is unusually long: on a far server they all take their time.</summary>
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

    /// <summary>Lets a timer fire once, unless the pool is being closed.</summary>
    private void Wake(ITimer timer, TimeSpan after)
    {
        if (!_closing)
        {
            LaneClock.Wake(timer, after);
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

    /// <summary>Runs while anything is under way: ends what has waited too long, and opens a lane when it helps.</summary>
    private void Tick()
    {
        List<TJob> late;
        Lane<TJob>? helper;
        bool connect;
        lock (_sync)
        {
            TimeSpan now = _clock.Now;
            late = Late(now);
            late.AddRange(Abandon(now));
            PassBlocked(now);
            helper = _queue.Count > 0 && TryPopIdle(out Lane<TJob>? idle) ? idle : null;
            connect = helper is null && NeedsLane(now) && StartConnecting(now);
            bool busy = _queue.Count > 0 || _lanes.Count > _idle.Count;
            _quiet = busy ? 0 : _quiet + 1;
            if (_quiet > QuietTicks)
            {
                _ticking = false;
                _tick.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }

        late.ForEach(static job => job.Finish());
        if (connect)
        {
            _ = ConnectAsync();
        }

        if (helper is not null)
        {
            _ = ServeAsync(helper);
        }
    }

    private bool NeedsLane(TimeSpan now) =>
        !_outage.Away && _lanes.Count > 0 && MayGrow(now) && _queue.First is { Value.Queued: var since } && now - since > LongWait;

    private bool MayGrow(TimeSpan now) => _lanes.Count + _abandoned < _limits.Connections && now >= _noGrowthBefore;

    /// <summary>
    /// Look-ups that travel behind one that does not end are sent a second time, on another connection; the first answer
    /// counts.
    /// </summary>
    private void PassBlocked(TimeSpan now)
    {
        foreach (Lane<TJob> lane in _lanes.Where(lane => lane.Group.Count > 1 && now - lane.Sent > Unusual))
        {
            foreach (TJob job in lane.Group.Where(static job => !job.IsAnswered).Skip(1).Where(static job => !job.Overtaking))
            {
                job.Overtaking = true;
                job.Queued = now;
                _queue.AddLast(job);
            }
        }
    }

    private List<TJob> Late(TimeSpan now)
    {
        List<TJob> late = [.. _queue.Where(job => now >= job.Deadline)];
        late.ForEach(job => _queue.Remove(job));
        return late;
    }

    /// <summary>
    /// Gives up lanes whose server does not answer. They close when their answer comes after all, or when the kernel
    /// finds the peer gone; until then they hold no request.
    /// </summary>
    private List<TJob> Abandon(TimeSpan now)
    {
        List<Lane<TJob>> stuck = _lanes.FindAll(lane => lane.Group.Count > 0 && now - lane.Sent > AnswerTime);
        List<TJob> jobs = [];
        foreach (Lane<TJob> lane in stuck)
        {
            lane.Abandoned = true;
            lane.Interrupt();
            _abandoned++;
            _lanes.Remove(lane);
            jobs.AddRange(lane.Group);
        }

        if (stuck.Count > 0)
        {
            TimeoutException silent = new($"no answer from the server within {AnswerTime.TotalMilliseconds:F0} ms");
            if (_lanes.Exists(lane => now - lane.LastAnswer < AnswerTime))
            {
                _log.Err($"{_source.ModuleName}: {silent.Message}");
            }
            else
            {
                jobs.AddRange(BeginOutage(_source.Explain(silent), now));
            }
        }

        return jobs;
    }

    /// <summary>Closes what nobody has used for long.</summary>
    private void Rest()
    {
        List<Lane<TJob>> unused;
        bool asked = Neighbours.HaveAsked;
        lock (_sync)
        {
            TimeSpan now = _clock.Now;
            MakeRoom(asked, now);
            unused = now >= _lastUse + _limits.IdleTimeout ? TakeIdle() : TakeSpare(now);
            if (_lanes.Count > 0)
            {
                WakeRest(now);
            }
        }

        _ = CloseAsync(unused);
    }

    /// <summary>
    /// A worker without any connection cannot answer at all; one with several only is faster. Each gives up all but one, at
    /// the end of what it has under way.
    /// </summary>
    private void MakeRoom(bool asked, TimeSpan now)
    {
        _surplus = asked ? _lanes.Count - 1 : 0;
        if (asked)
        {
            _noGrowthBefore = now + RegrowAfterCrowd;
        }
    }

    private void WakeRest(TimeSpan now)
    {
        TimeSpan end = _lastUse + _limits.IdleTimeout;
        TimeSpan left = end > now ? end - now : _limits.IdleTimeout;
        Wake(_rest, _lanes.Count > 1 ? Earlier(left, LookAround) : left);
    }

    /// <summary>Idle lanes beyond the first: each takes a place that another worker may need.</summary>
    private List<Lane<TJob>> TakeSpare(TimeSpan now)
    {
        List<Lane<TJob>> spare = _idle.FindAll(lane => _surplus > 0 || now - lane.LastAnswer >= FurtherIdle);
        int most = _lanes.Count - 1;
        if (spare.Count > most)
        {
            spare.RemoveRange(most, spare.Count - most);
        }

        _surplus = Math.Max(0, _surplus - spare.Count);
        _idle.RemoveAll(spare.Contains);
        _lanes.RemoveAll(spare.Contains);
        return spare;
    }
}
