// What happens by the clock: late requests, blocked and silent connections, outages, rest.

namespace Authd.Modules.Lanes;

/// <content>The timers' part.</content>
public sealed partial class LanePool<TJob>
{
    /// <summary>From when on a round trip is unusually long: on a far server they all take their time.</summary>
    private long Unusual => Math.Max(LongWait, 5 * _trips.Usual);

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
    private void Wake(Timer timer, long milliseconds)
    {
        if (!_closing)
        {
            timer.Change(milliseconds, Timeout.Infinite);
        }
    }

    private void Retry()
    {
        bool connect;
        lock (_sync)
        {
            connect = _outage.Away && !_closing && StartConnecting(Environment.TickCount64);
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
            long now = Environment.TickCount64;
            late = Late(now);
            late.AddRange(Abandon(now));
            PassBlocked(now);
            helper = _queue.Count > 0 && _idle.TryPop(out Lane<TJob>? idle) ? idle : null;
            connect = helper is null && NeedsLane(now) && StartConnecting(now);
            bool busy = _queue.Count > 0 || _lanes.Count > _idle.Count;
            _quiet = busy ? 0 : _quiet + 1;
            if (_quiet > QuietTicks)
            {
                _ticking = false;
                _tick.Change(Timeout.Infinite, Timeout.Infinite);
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

    private bool NeedsLane(long now) =>
        !_outage.Away && _lanes.Count > 0 && MayGrow(now) && _queue.First is { Value.Queued: var since } && now - since > LongWait;

    private bool MayGrow(long now) => _lanes.Count + _abandoned < _limits.Connections && now >= _noGrowthBefore;

    /// <summary>
    /// Look-ups that travel behind one that does not end are sent a second time, on another connection; the first answer
    /// counts.
    /// </summary>
    private void PassBlocked(long now)
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

    private List<TJob> Late(long now)
    {
        List<TJob> late = [.. _queue.Where(job => now >= job.Deadline)];
        late.ForEach(job => _queue.Remove(job));
        return late;
    }

    /// <summary>
    /// Gives up lanes whose server does not answer. They close when their answer comes after all, or when the kernel
    /// finds the peer gone; until then they hold no request.
    /// </summary>
    private List<TJob> Abandon(long now)
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
            TimeoutException silent = new($"no answer from the server within {AnswerTime} ms");
            if (_lanes.Exists(lane => now - lane.LastAnswer < AnswerTime))
            {
                _log.Err($"{_source.ModuleName}: {silent.Message}");
            }
            else
            {
                jobs.AddRange(BeginOutage(silent, now));
            }
        }

        return jobs;
    }

    /// <summary>Closes what nobody has used for long.</summary>
    private void Rest()
    {
        List<Lane<TJob>> idle = [];
        lock (_sync)
        {
            long left = _lastUse + (long)_limits.IdleTimeout.TotalMilliseconds - Environment.TickCount64;
            if (left > 0)
            {
                Wake(_rest, left);
            }
            else
            {
                idle = TakeIdle();
            }
        }

        _ = CloseAsync(idle);
    }
}
