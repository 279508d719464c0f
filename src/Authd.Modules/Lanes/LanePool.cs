// A server as modules see it: few connections, many look-ups, no request that waits for a dead server.
using System.Diagnostics.CodeAnalysis;
using Authd.Core.Logging;

namespace Authd.Modules.Lanes;

/// <summary>
/// Jobs wait in one queue. A connection (a lane) takes what waits: where several can share a round trip they do, anything
/// else goes alone. One lane does unless the server is far away or slow: then a further one is opened as soon as a job finds
/// none idle; on a near server only when those there are have kept somebody waiting for long. A server that has no room for a
/// further one is no outage: what waits goes on with the lanes there are.
/// </summary>
public sealed partial class LanePool<TJob> : IAsyncDisposable
    where TJob : LaneJob
{
    private const int QuietTicks = 50;
    private const int MostTogether = 32;
    private static readonly TimeSpan TickLength = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongWait = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan RegrowAfter = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RegrowAfterCrowd = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AnswerGrace = TimeSpan.FromMilliseconds(500);

    // Other workers may be waiting for the room that a lane takes which this one does not need all the time: shorter than a
    // request waits.
    private static readonly TimeSpan FurtherIdle = TimeSpan.FromSeconds(3);

    // How often a pool with several lanes looks whether one can be spared.
    private static readonly TimeSpan LookAround = TimeSpan.FromSeconds(1);

    // For so long a lane that has been given a job is believed to be alive, however long it was idle before.
    private static readonly TimeSpan Trust = TimeSpan.FromSeconds(1);

    // What a request may wait for an attempt that has been under way for long: the server may just have come back.
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(100);
    private readonly Lock _sync = new();
    private readonly ILaneSource<TJob> _source;
    private readonly LaneLimits _limits;
    private readonly Log _log;
    private readonly LaneClock _clock;
    private readonly Outage _outage;
    private readonly LinkedList<TJob> _queue = new();
    private readonly RoundTrips _trips = new();
    private readonly List<Lane<TJob>> _lanes = [];

    // The one that became idle last is at the end, and is the next to be used: the others may rest for good.
    private readonly List<Lane<TJob>> _idle = [];
    private readonly ITimer _tick;
    private readonly ITimer _retry;
    private readonly ITimer _rest;
    private bool _connecting;
    private bool _closing;
    private bool _ticking;
    private int _quiet;
    private int _abandoned;
    private bool _toldCrowd;
    private int _surplus;
    private TimeSpan _noGrowthBefore;
    private TimeSpan _lastUse;

    /// <summary>Connects to nothing yet.</summary>
    /// <param name="source">Where the connections come from; taken over.</param>
    /// <param name="limits">How many, and how long to wait for answers.</param>
    /// <param name="log">The log.</param>
    /// <param name="clock">The machine's where none is given.</param>
    public LanePool(ILaneSource<TJob> source, LaneLimits limits, Log log, LaneClock? clock = null)
    {
        (_source, _limits, _log, _clock) = (source, limits, log, clock ?? LaneClock.System);
        _outage = new Outage(source.BackLine, log, Random.Shared.NextDouble);
        _tick = _clock.Timer(Tick);
        _retry = _clock.Timer(Retry);
        _rest = _clock.Timer(Rest);
    }

    /// <summary>Who else has connections to the same server.</summary>
    public ILaneNeighbours Neighbours { get; set; } = new NoLaneNeighbours();

    private bool AnotherHelps => !_trips.AreQuick;

    private TimeSpan AnswerTime => _limits.AnswerTimeout + AnswerGrace;

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

    /// <summary>For a job that begins now.</summary>
    public TimeSpan Deadline() => _clock.Now + AnswerTime;

    /// <summary>
    /// A connection that somebody wanted for himself could not be opened. True: the server has no room for a further one,
    /// so the work is best submitted as a job.
    /// </summary>
    public bool IsCrowd(Exception failure)
    {
        Absence absence = _source.Explain(failure);
        if (absence.IsCrowd)
        {
            lock (_sync)
            {
                TellCrowd(absence);
                _noGrowthBefore = _clock.Now + RegrowAfterCrowd;
            }
        }

        return absence.IsCrowd;
    }

    /// <summary>Has a lane do it, or fails it; whoever waits for its answer goes on on whatever thread has it.</summary>
    public void Submit(TJob job)
    {
        Lane<TJob>? lane = null;
        bool connect = false;
        bool hopeless = false;
        lock (_sync)
        {
            _lastUse = job.Queued = _clock.Now;
            if (_outage.Away)
            {
                connect = _outage.MayTry(_lastUse) && StartConnecting(_lastUse);
                hopeless = !MayWait(job);
            }
            else if (TryPopIdle(out lane))
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
        if (_outage.IsPassing)
        {
            if (!_connecting)
            {
                Wake(_retry, _outage.PauseLeft(job.Queued));
            }

            LimitWaiting(job);
            return true;
        }

        job.Deadline = Earlier(job.Deadline, Later(_outage.WaitUntil, job.Queued + AtOnce));
        return _connecting;
    }

    /// <summary>
    /// A server that comes up usually does so soon. Where there is no room, a connection that another worker does not need
    /// any more is free within the time of an answer.
    /// </summary>
    private void LimitWaiting(TJob job)
    {
        if (_outage.StartingUp)
        {
            job.Deadline = Earlier(job.Deadline, job.Queued + Outage.PatienceQuick);
        }
    }

    private bool StartConnecting(TimeSpan now)
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
            using CancellationTokenSource limit = new(_source.AttemptLimit, _clock.Time);
            lane = await _source.OpenAsync(limit.Token);
        }
        catch (Exception error)
        {
            // Whatever keeps us from connecting (network, TLS, a missing key file) is an outage to those who wait.
            failure = error;
        }

        List<TJob> failed = [];
        bool hasNone;
        lock (_sync)
        {
            _connecting = false;
            if (lane is not null)
            {
                Join(lane);
            }
            else
            {
                failed = Failed(failure!);
            }

            hasNone = _lanes.Count == 0 && _outage is { Away: true, Crowded: true };
        }

        if (hasNone)
        {
            Neighbours.AskForRoom();
        }

        failed.ForEach(static job => job.Finish());
        if (lane is not null)
        {
            await ServeAsync(lane);
        }
    }

    private void Join(Lane<TJob> lane)
    {
        lane.Join(_clock);
        _outage.Over();
        _toldCrowd &= _lanes.Count == 0;
        _lanes.Add(lane);
        WakeRest(_clock.Now);
    }

    /// <summary>An attempt failed. With another connection at work that only means: not more than it.</summary>
    private List<TJob> Failed(Exception error)
    {
        TimeSpan now = _clock.Now;
        Absence absence = _source.Explain(error);
        if (absence.IsCrowd)
        {
            TellCrowd(absence);
        }

        if (!IsAnyAlive(absence, now))
        {
            return BeginOutage(absence, now);
        }

        if (!absence.IsCrowd)
        {
            _log.Warn($"{_source.ModuleName}: no further connection: {absence.Text}");
        }

        _noGrowthBefore = now + (absence.IsCrowd ? RegrowAfterCrowd : RegrowAfter);
        return [];
    }

    /// <summary>
    /// Whether one of the lanes can be expected to answer, though an attempt to open another one has failed: the server
    /// said so itself, or has just answered, or has had no time for that yet. A lane whose connection is gone learns it soon,
    /// and is given up when its server stays silent.
    /// </summary>
    private bool IsAnyAlive(Absence absence, TimeSpan now) =>
        (absence.IsAnswer && !absence.IsStartingUp && _lanes.Count > 0)
        || _lanes.Exists(lane => now - lane.LastAnswer < AnswerTime || (lane.Group.Count > 0 && now - lane.Sent < Trust));

    private void TellCrowd(Absence absence)
    {
        if (!_toldCrowd)
        {
            _toldCrowd = true;
            string server = absence.Server is { } name ? $"{name}: " : "";
            _log.Warn($"{_source.ModuleName}: no room for a further connection, going on with {_lanes.Count}: {server}{absence.Text}; "
                + "raise the limit there, or lower daemons or connections here");
        }
    }

    /// <summary>Gives what must not wait any longer.</summary>
    private List<TJob> BeginOutage(Absence absence, TimeSpan now)
    {
        _outage.Failed(absence, now);
        if (_outage.IsPassing && _queue.Count > 0)
        {
            foreach (TJob job in _queue)
            {
                LimitWaiting(job);
            }

            Wake(_retry, _outage.PauseLeft(now));
            return [];
        }

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
            if (!await SendAsync(lane) || lane.Abandoned)
            {
                await LoseAsync(lane);
                return;
            }

            // Those of a group that was sent together have theirs already, unless only one of them was left to be sent.
            TJob first = lane.Group[0];
            List<TJob>? several = lane.Group.Count > 1 ? lane.Group.FindAll(static job => job.IsAnswered) : null;
            more = Return(lane);
            several?.ForEach(static job => job.Finish());
            if (several is null && first.IsAnswered)
            {
                first.Finish();
            }
        }

        // Not "if the pool is being closed": whoever closes it may have closed this lane, which is idle, in between.
        if (lane.IsLeaving)
        {
            await CloseAsync(lane);
            await CloseSourceAsync();
        }
    }

    /// <summary>A mistake in a module must not cost the pool a lane, nor those who wait their answers.</summary>
    private async ValueTask<bool> SendAsync(Lane<TJob> lane)
    {
        try
        {
            return await lane.SendAsync();
        }
        catch (Exception bug)
        {
            lane.Failure = $"{bug.GetType().Name}: {bug.Message}";
            _log.Err($"{_source.ModuleName}: {lane.Failure}");
            return false;
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
            if (lane.LastAnswer > lane.Sent)
            {
                _trips.Add(lane.LastAnswer - lane.Sent);
            }

            Requeue(lane);
            return !IsSurplus(lane) && Take(lane);
        }
    }

    /// <summary>Others need its place: the lane leaves, and what waits goes on with the rest.</summary>
    private bool IsSurplus(Lane<TJob> lane)
    {
        if (_surplus == 0 || _lanes.Count == 1)
        {
            return false;
        }

        _surplus--;
        _lanes.Remove(lane);
        return lane.IsLeaving = true;
    }

    /// <summary>Takes the next job, and with it all that can travel together; else the lane becomes idle.</summary>
    private bool Take(Lane<TJob> lane)
    {
        lock (_sync)
        {
            (lane.Sent, lane.IsQuick) = (_clock.Now, _trips.AreQuick);
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
                _idle.Add(lane);
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
    /// A connection is gone. What it had not answered, and may be done twice, is sent once more on another; idle ones, which
    /// the same cause has probably ended, are not trusted with it.
    /// </summary>
    private async Task LoseAsync(Lane<TJob> lane)
    {
        List<Lane<TJob>> gone;
        List<TJob> failed;
        bool connect;
        TimeSpan now = _clock.Now;
        lock (_sync)
        {
            _abandoned -= lane.Abandoned ? 1 : 0;
            _lanes.Remove(lane);
            gone = lane.Abandoned ? [] : TakeIdle();
            failed = lane.Group.FindAll(static job => job.IsAnswered || job.SentAgain || !(job.CanRepeat || job.IsKnownUndone));
            lane.Group.RemoveAll(failed.Contains);
            lane.Group.ForEach(static job => job.SentAgain = true);
            Requeue(lane);
            connect = _queue.Count > 0 && _lanes.Count == 0 && !_outage.Away && StartConnecting(now);
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

        if (failed.Exists(static job => !job.IsAnswered))
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

    private bool TryPopIdle([NotNullWhen(true)] out Lane<TJob>? lane)
    {
        lane = _idle.Count > 0 ? _idle[^1] : null;
        if (lane is not null)
        {
            _idle.RemoveAt(_idle.Count - 1);
        }

        return lane is not null;
    }

    private async Task CloseAsync(List<Lane<TJob>> lanes)
    {
        foreach (Lane<TJob> lane in lanes)
        {
            await CloseAsync(lane);
        }
    }

    private async Task CloseAsync(Lane<TJob> lane)
    {
        try
        {
            await lane.CloseAsync();
        }
        catch (Exception broken)
        {
            _log.Debug($"{_source.ModuleName}: closing a connection: {broken.Message}");
        }
    }

    private static TimeSpan Earlier(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
