// A database server as the SQL modules see it: few connections, many look-ups, no request that waits for a dead server.
using Authd.Core.Logging;

namespace Authd.Modules.Sql;

/// <summary>
/// Statements wait in one queue. A connection (a lane) takes what waits: several look-ups share a round trip, anything
/// else goes alone. A second lane is opened only when the first has kept somebody waiting for long.
/// </summary>
public sealed partial class SqlDatabase : ISqlDatabase
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
    private readonly ISqlEngine _engine;
    private readonly SqlPoolSettings _settings;
    private readonly Log _log;
    private readonly SqlOutage _outage;
    private readonly LinkedList<SqlJob> _queue = new();
    private readonly RoundTrips _trips = new();
    private readonly List<SqlLane> _lanes = [];
    private readonly Stack<SqlLane> _idle = new();
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
    public SqlDatabase(ISqlEngine engine, SqlPoolSettings settings, Log log)
    {
        (_engine, _settings, _log) = (engine, settings, log);
        _outage = new SqlOutage(engine.ModuleName, log, Random.Shared.NextDouble);
        _tick = new Timer(_ => Tick());
        _retry = new Timer(_ => Retry());
        _rest = new Timer(_ => Rest());
    }

    private long AnswerTime => (long)_settings.StatementTimeout.TotalMilliseconds + AnswerGrace;

    /// <inheritdoc/>
    public async ValueTask<SqlResult> QueryAsync(SqlTemplate query, SqlValues values, CancellationToken cancel) =>
        await RunAsync(new SqlJob(query, values, shareable: true, Environment.TickCount64 + AnswerTime), cancel);

    /// <inheritdoc/>
    public async ValueTask<SqlResult> ChangeAsync(SqlTemplate query, SqlValues values, CancellationToken cancel) =>
        await RunAsync(new SqlJob(query, values, shareable: false, Environment.TickCount64 + AnswerTime), cancel);

    /// <inheritdoc/>
    public IAsyncEnumerable<string?[]> StreamAsync(SqlTemplate query, SqlValues values, CancellationToken cancel) =>
        _engine.StreamAsync(query, values, cancel);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        List<SqlLane> idle;
        lock (_sync)
        {
            _closing = true;
            idle = TakeIdle();
        }

        await _rest.DisposeAsync();
        await _retry.DisposeAsync();
        await CloseAsync(idle);
        await CloseEngineAsync();
    }

    /// <summary>After the last connection of a database that is being closed.</summary>
    private async Task CloseEngineAsync()
    {
        bool last;
        lock (_sync)
        {
            last = _closing && _lanes.Count == 0 && !_connecting;
        }

        if (last)
        {
            await _engine.DisposeAsync();
        }
    }

    private async ValueTask<SqlResult> RunAsync(SqlJob job, CancellationToken cancel)
    {
        Submit(job);
        return await job.Answer.WaitAsync(cancel);
    }

    private void Submit(SqlJob job)
    {
        SqlLane? lane = null;
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
                connect = (_lanes.Count == 0 || (!_engine.SharesRoundTrips && MayGrow(_lastUse))) && StartConnecting(_lastUse);
            }

            if (!hopeless && lane is null)
            {
                _queue.AddLast(job);
            }

            StartTicking();
        }

        if (hopeless)
        {
            job.Complete(SqlResult.Failed);
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

    /// <summary>Whether a request may wait while the database is away, and sets until when.</summary>
    private bool MayWait(SqlJob job)
    {
        if (!_connecting && _outage.StartingUp)
        {
            Wake(_retry, _outage.PauseLeft(job.Queued));
            job.Deadline = job.Queued + SqlOutage.PatienceQuick;
            return true;
        }

        job.Deadline = Math.Max(_outage.WaitUntil, job.Queued + AtOnce);
        return _connecting;
    }

    private bool StartConnecting(long now)
    {
        // Backends that a blocked statement holds must not pile up.
        if (_connecting || _abandoned >= 2 * _settings.Connections)
        {
            return false;
        }

        _connecting = true;
        _outage.Attempt(now);
        return true;
    }

    private async Task ConnectAsync()
    {
        SqlLane? lane = null;
        Exception? failure = null;
        try
        {
            using CancellationTokenSource limit = new(_engine.AttemptLimit);
            lane = await _engine.OpenAsync(limit.Token);
        }
        catch (Exception error)
        {
            // Whatever keeps us from connecting (network, TLS, a missing key file) is an outage to those who wait.
            failure = error;
        }

        List<SqlJob> failed = [];
        lock (_sync)
        {
            _connecting = false;
            if (lane is not null)
            {
                _outage.Over();
                _lanes.Add(lane);
                Wake(_rest, (int)_settings.IdleTimeout.TotalMilliseconds);
            }
            else
            {
                failed = Failed(failure!);
            }
        }

        failed.ForEach(static job => job.Complete(SqlResult.Failed));
        if (lane is not null)
        {
            await ServeAsync(lane);
        }
    }

    /// <summary>An attempt failed. With another connection at work that only means: not more than it.</summary>
    private List<SqlJob> Failed(Exception error)
    {
        long now = Environment.TickCount64;
        if (_lanes.Exists(lane => now - lane.LastAnswer < AnswerTime))
        {
            _log.Warn($"{_engine.ModuleName}: no further connection: {_engine.Explain(error).Text}");
            _noGrowthBefore = now + RegrowAfter;
            return [];
        }

        return BeginOutage(error, now);
    }

    private List<SqlJob> BeginOutage(Exception error, long now)
    {
        _outage.Failed(_engine.Explain(error), now);
        Wake(_retry, _outage.Backoff());
        List<SqlJob> waiting = [.. _queue];
        _queue.Clear();
        return waiting;
    }

    /// <summary>Serves what waits until nothing does.</summary>
    private async Task ServeAsync(SqlLane lane)
    {
        while (lane.Group.Count > 0 || Take(lane))
        {
            if (!await lane.SendAsync() || lane.Abandoned)
            {
                await LoseAsync(lane);
                return;
            }

            Return(lane);
        }

        if (_closing)
        {
            await lane.CloseAsync();
            await CloseEngineAsync();
        }
    }

    /// <summary>Takes the next job, and with it all that can travel together; else the lane becomes idle.</summary>
    private bool Take(SqlLane lane)
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
            }
            else
            {
                _idle.Push(lane);
            }

            return false;
        }
    }

    /// <summary>Empties the group; what an error of another job kept from its answer goes to the head of the queue.</summary>
    private void Return(SqlLane lane)
    {
        lock (_sync)
        {
            _trips.Add(lane.LastAnswer - lane.Sent);
            Requeue(lane);
        }
    }

    private void Requeue(SqlLane lane)
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
    private async Task LoseAsync(SqlLane lane)
    {
        List<SqlLane> gone;
        List<SqlJob> failed;
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
            connect = _queue.Count > 0 && _lanes.Count == 0 && !_outage.Away && StartConnecting(Environment.TickCount64);
        }

        _log.Debug(_engine.LostLine);
        if (failed.Exists(static job => !job.IsAnswered))
        {
            _log.Err($"{_engine.ModuleName}: {lane.Failure}");
        }

        failed.ForEach(static job => job.Complete(SqlResult.Failed));
        gone.Add(lane);
        if (connect)
        {
            _ = ConnectAsync();
        }

        await CloseAsync(gone);
    }

    private List<SqlLane> TakeIdle()
    {
        List<SqlLane> idle = [.. _idle];
        _idle.Clear();
        _lanes.RemoveAll(idle.Contains);
        return idle;
    }

    private static async Task CloseAsync(List<SqlLane> lanes)
    {
        foreach (SqlLane lane in lanes)
        {
            await lane.CloseAsync();
        }
    }
}
