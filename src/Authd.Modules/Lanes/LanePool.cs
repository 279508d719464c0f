// A server as modules see it: few connections, many look-ups, no request that waits for a dead server.
using Authd.Core.Logging;

namespace Authd.Modules.Lanes;

/// <summary>
/// Jobs wait in one queue. A connection (a lane) takes what waits: where several can share a round trip they do, anything
/// else goes alone. A further lane is opened at once where each holds one job at a time or the server is far away, else only
/// when those there are have kept somebody waiting for long.
/// </summary>
public sealed partial class LanePool<TJob> : IAsyncDisposable
    where TJob : LaneJob
{
    private const int TickLength = 20;
    private const int QuietTicks = 50;
    private const int MostTogether = 32;
    private const int LongWait = 20;
    private const int RegrowAfter = 10_000;
    private const int AnswerGrace = 500;

    // What a request may wait for an attempt that has been under way for long: the server may just have come back.
    private const int AtOnce = 100;
    private readonly Lock _sync = new();
    private readonly ILaneSource<TJob> _source;
    private readonly LaneLimits _limits;
    private readonly Log _log;
    private readonly Outage _outage;
    private readonly LinkedList<TJob> _queue = new();
    private readonly RoundTrips _trips = new();
    private readonly List<Lane<TJob>> _lanes = [];
    private readonly Stack<Lane<TJob>> _idle = new();
    private readonly Timer _tick;
    private readonly Timer _retry;
    private readonly Timer _rest;
    private bool _connecting;
    private bool _closing;
    private bool _ticking;
    private int _quiet;
    private int _abandoned;
    private long _noGrowthBefore;
    private long _lastUse;

    /// <summary>Connects to nothing yet.</summary>
    public LanePool(ILaneSource<TJob> source, LaneLimits limits, Log log)
    {
        (_source, _limits, _log) = (source, limits, log);
        _outage = new Outage(source.BackLine, log, Random.Shared.NextDouble);
        _tick = new Timer(_ => Tick());
        _retry = new Timer(_ => Retry());
        _rest = new Timer(_ => Rest());
    }

    private bool AnotherHelps => !_source.SharesRoundTrips || !_trips.AreQuick;

    private long AnswerTime => (long)_limits.AnswerTimeout.TotalMilliseconds + AnswerGrace;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        List<Lane<TJob>> idle;
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

    /// <summary>After the last connection of a pool that is being closed.</summary>
    private async Task CloseSourceAsync()
    {
        bool last;
        lock (_sync)
        {
            last = _closing && _lanes.Count == 0 && !_connecting;
        }

        if (last)
        {
            await _source.DisposeAsync();
        }
    }

    /// <summary>For a job that begins now, as <see cref="Environment.TickCount64"/>.</summary>
    public long Deadline() => Environment.TickCount64 + AnswerTime;

    /// <summary>Has a lane do it, or fails it; whoever waits for its answer goes on on whatever thread has it.</summary>
    public void Submit(TJob job)
    {
        Lane<TJob>? lane = null;
        bool connect = false;
        bool hopeless = false;
        lock (_sync)
        {
            _lastUse = job.Queued = Environment.TickCount64;
            if (_outage.Away)
            {
                connect = _outage.MayTry(_lastUse) && StartConnecting(_lastUse);
                hopeless = !MayWait(job);
            }
            else if (_idle.TryPop(out lane))
            {
                lane.Group.Add(job);
                (lane.Sent, lane.IsQuick) = (_lastUse, _trips.AreQuick);
            }
            else
            {
                connect = (_lanes.Count == 0 || (AnotherHelps && MayGrow(_lastUse))) && StartConnecting(_lastUse);
            }

            if (!hopeless && lane is null)
            {
                _queue.AddLast(job);
            }

            StartTicking();
        }

        if (hopeless)
        {
            job.Finish();
        }

        if (connect)
        {
            _ = ConnectAsync();
        }

        if (lane is not null)
        {
            _ = ServeAsync(lane);
        }
    }

    /// <summary>Whether a request may wait while the server is away, and sets until when.</summary>
    private bool MayWait(TJob job)
    {
        if (!_connecting && _outage.StartingUp)
        {
            Wake(_retry, _outage.PauseLeft(job.Queued));
            job.Deadline = Math.Min(job.Deadline, job.Queued + Outage.PatienceQuick);
            return true;
        }

        job.Deadline = Math.Min(job.Deadline, Math.Max(_outage.WaitUntil, job.Queued + AtOnce));
        return _connecting;
    }

    private bool StartConnecting(long now)
    {
        // Backends that a blocked statement holds must not pile up.
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
        Lane<TJob>? lane = null;
        Exception? failure = null;
        try
        {
            using CancellationTokenSource limit = new(_source.AttemptLimit);
            lane = await _source.OpenAsync(limit.Token);
        }
        catch (Exception error)
        {
            // Whatever keeps us from connecting (network, TLS, a missing key file) is an outage to those who wait.
            failure = error;
        }

        List<TJob> failed = [];
        lock (_sync)
        {
            _connecting = false;
            if (lane is not null)
            {
                _outage.Over();
                _lanes.Add(lane);
                Wake(_rest, (int)_limits.IdleTimeout.TotalMilliseconds);
            }
            else
            {
                failed = Failed(failure!);
            }
        }

        failed.ForEach(static job => job.Finish());
        if (lane is not null)
        {
            await ServeAsync(lane);
        }
    }

    /// <summary>An attempt failed. With another connection at work that only means: not more than it.</summary>
    private List<TJob> Failed(Exception error)
    {
        long now = Environment.TickCount64;
        if (_lanes.Exists(lane => now - lane.LastAnswer < AnswerTime))
        {
            _log.Warn($"{_source.ModuleName}: no further connection: {_source.Explain(error).Text}");
            _noGrowthBefore = now + RegrowAfter;
            return [];
        }

        return BeginOutage(error, now);
    }

    private List<TJob> BeginOutage(Exception error, long now)
    {
        _outage.Failed(_source.Explain(error), now);
        Wake(_retry, _outage.Backoff());
        List<TJob> waiting = [.. _queue];
        _queue.Clear();
        return waiting;
    }

    /// <summary>Serves what waits until nothing does.</summary>
    private async Task ServeAsync(Lane<TJob> lane)
    {
        bool more = lane.Group.Count > 0 || Take(lane);
        while (more)
        {
            if (!await lane.SendAsync() || lane.Abandoned)
            {
                await LoseAsync(lane);
                return;
            }

            // The others of a group have theirs already.
            TJob first = lane.Group[0];
            more = Return(lane);
            if (first.IsAnswered)
            {
                first.Finish();
            }
        }

        // Not "if the pool is being closed": whoever closes it may have closed this lane, which is idle, in between.
        if (lane.IsLeaving)
        {
            await lane.CloseAsync();
            await CloseSourceAsync();
        }
    }

    /// <summary>
    /// Empties the group (what an error of another job kept from its answer goes to the head of the queue) and takes the
    /// next.
    /// </summary>
    private bool Return(Lane<TJob> lane)
    {
        lock (_sync)
        {
            _trips.Add(lane.LastAnswer - lane.Sent);
            Requeue(lane);
            return Take(lane);
        }
    }

    /// <summary>Takes the next job, and with it all that can travel together; else the lane becomes idle.</summary>
    private bool Take(Lane<TJob> lane)
    {
        lock (_sync)
        {
            (lane.Sent, lane.IsQuick) = (Environment.TickCount64, _trips.AreQuick);
            while (_queue.First is { Value: var job } && lane.Group.Count < MostTogether
                && (lane.Group.Count == 0 || (job.CanShare && lane.Group[0].CanShare)))
            {
                _queue.RemoveFirst();
                lane.Group.Add(job);
            }

            if (lane.Group.Count > 0)
            {
                return true;
            }

            if (_closing)
            {
                _lanes.Remove(lane);
                lane.IsLeaving = true;
            }
            else
            {
                _idle.Push(lane);
            }

            return false;
        }
    }

    private void Requeue(Lane<TJob> lane)
    {
        for (int i = lane.Group.Count - 1; i >= 0; i--)
        {
            if (!lane.Group[i].IsAnswered)
            {
                _queue.AddFirst(lane.Group[i]);
            }
        }

        lane.Group.Clear();
    }

    /// <summary>
    /// A connection is gone. What it had not answered is sent once more on another; idle ones, which the same cause has
    /// probably ended, are not trusted with it.
    /// </summary>
    private async Task LoseAsync(Lane<TJob> lane)
    {
        List<Lane<TJob>> gone;
        List<TJob> failed;
        bool connect;
        lock (_sync)
        {
            _abandoned -= lane.Abandoned ? 1 : 0;
            _lanes.Remove(lane);
            gone = lane.Abandoned ? [] : TakeIdle();
            failed = lane.Group.FindAll(static job => job.SentAgain || job.IsAnswered);
            lane.Group.RemoveAll(failed.Contains);
            lane.Group.ForEach(static job => job.SentAgain = true);
            Requeue(lane);
            if (lane.EndsInOutage)
            {
                failed.AddRange(BeginOutage(new TimeoutException(lane.Failure), Environment.TickCount64));
            }

            connect = _queue.Count > 0 && _lanes.Count == 0 && !_outage.Away && StartConnecting(Environment.TickCount64);
        }

        Tell(lane, failed);
        failed.ForEach(static job => job.Finish());
        gone.Add(lane);
        if (connect)
        {
            _ = ConnectAsync();
        }

        await CloseAsync(gone);
    }

    private void Tell(Lane<TJob> lane, List<TJob> failed)
    {
        if (_source.LostLine is { } line)
        {
            _log.Debug(line);
        }

        if (failed.Exists(static job => !job.IsAnswered) && !lane.EndsInOutage)
        {
            _log.Err($"{_source.ModuleName}: {lane.Failure}");
        }
    }

    private List<Lane<TJob>> TakeIdle()
    {
        List<Lane<TJob>> idle = [.. _idle];
        _idle.Clear();
        _lanes.RemoveAll(idle.Contains);
        return idle;
    }

    private static async Task CloseAsync(List<Lane<TJob>> lanes)
    {
        foreach (Lane<TJob> lane in lanes)
        {
            await lane.CloseAsync();
        }
    }
}
