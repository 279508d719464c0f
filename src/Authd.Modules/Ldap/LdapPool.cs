// A worker's connections of one kind to the directory: many requests on few connections, none of which blocks a thread.
using Authd.Core.Logging;
using Authd.Interop;
using Authd.Modules.Lanes;

namespace Authd.Modules.Ldap;

/// <summary>
/// Requests are sent at once where a connection has room, and wait in a queue otherwise. A connection has many of them under
/// way and tells the answers apart by their message ids; it is watched by the worker's events, on whose thread the answers
/// go on to the clients. Only connecting, which blocks, has a thread while it lasts. What goes wrong is told by
/// <see cref="LdapServers"/>, server by server.
/// </summary>
internal sealed partial class LdapPool : IAsyncDisposable
{
    private const int RegrowAfter = 10_000;

    /// <summary>With so many under way on each connection another one helps: a server's threads wait for each other on one.</summary>
    private const int Crowd = 4;

    // What a request may wait for an attempt that has been under way for long: the server may just have come back.
    private const int AtOnce = 100;

    private readonly Lock _sync = new();
    private readonly LdapServers _servers;
    private readonly LaneLimits _limits;
    private readonly LdapUse _use;
    private readonly Log _log;
    private readonly Outage _outage;
    private readonly Queue<LdapRequest> _queue = [];
    private readonly Queue<LdapRequest> _answered = [];
    private readonly List<PooledConnection> _open = [];
    private readonly Timer _clock;
    private SocketEvents? _events;
    private bool _connecting;
    private bool _closing;
    private int _attempt;
    private long _lastUse;

    /// <summary>Connects to nothing yet.</summary>
    public LdapPool(LdapServers servers, LaneLimits limits, LdapUse use, Log log)
    {
        (_servers, _limits, _use, _log) = (servers, limits, use, log);
        _outage = new Outage(backLine: null, log, Random.Shared.NextDouble);
        _clock = new Timer(_ => Tick());
    }

    /// <summary>Closes the connections, each as soon as what is under way on it is answered.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_sync)
        {
            _closing = true;
            CloseIdle();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Sends a request, or fails it; whoever waits for its answer goes on on whatever thread has it.</summary>
    public void Submit(LdapRequest request)
    {
        lock (_sync)
        {
            long now = _lastUse = Environment.TickCount64;
            _events ??= SocketEvents.OfThisThread ?? SocketEvents.OfProcess;
            StartClock();
            if (_outage.Away && _outage.MayTry(At(now)))
            {
                StartConnecting(now);
            }

            if (_outage.Away && !MayWait(request, now))
            {
                Settle(request, LdapResult.Away);
            }
            else
            {
                _queue.Enqueue(request);
                Serve(now);
            }
        }

        HandOver();
    }

    /// <summary>Whether a request may wait while the server is away, and sets until when.</summary>
    private bool MayWait(LdapRequest request, long now)
    {
        request.Deadline = Math.Min(request.Deadline, Math.Max((long)_outage.WaitUntil.TotalMilliseconds, now + AtOnce));
        return _connecting;
    }

    /// <summary>Sends what waits to connections with room; where there is little, one more is opened.</summary>
    private void Serve(long now)
    {
        while (_queue.Count > 0 && Roomiest() is { } connection)
        {
            Send(connection, _queue.Dequeue(), now);
        }

        bool crowded = _open.Count > 0 && _open.TrueForAll(static connection => connection.Pending.Count >= Crowd);
        if ((crowded || _queue.Count > 0) && !_outage.Away && now >= _noGrowthBefore
            && _open.Count(static connection => !connection.IsLeaving) < _limits.Connections)
        {
            StartConnecting(now);
        }
    }

    private PooledConnection? Roomiest()
    {
        PooledConnection? best = null;
        int least = _use.AtOnce;
        foreach (PooledConnection connection in _open)
        {
            if (!connection.IsLeaving && !connection.IsFull && connection.Pending.Count < least)
            {
                (best, least) = (connection, connection.Pending.Count);
            }
        }

        return best;
    }

    private void Send(PooledConnection connection, LdapRequest request, long now)
    {
        int code;
        try
        {
            code = request.Send(connection.Handle, now);
        }
        catch (Exception bug)
        {
            request.Settle(bug);
            _answered.Enqueue(request);
            Leave(connection);
            return;
        }

        if (code == LdapCode.Success)
        {
            connection.Pending.Add(request.Id, request);
            connection.IsLeaving |= _use.IsSingle;
        }
        else if (code == LdapCode.Busy)
        {
            connection.IsFull = true;
            _queue.Enqueue(request);
        }
        else if (LdapCode.LosesConnection(code))
        {
            Retry(request, request.Result(code), now);
            Lose(connection, code, now);
        }
        else
        {
            Settle(request, request.Result(code));
            CloseIfDone(connection);
        }
    }

    /// <summary>The events' thread: takes all answers that have come. What libldap keeps back wakes nobody later.</summary>
    private void Receive(PooledConnection connection)
    {
        while (ReceiveOne(connection))
        {
            HandOver();
        }

        HandOver();
    }

    /// <summary>Takes an answer, if there is one; true: there may be more.</summary>
    private bool ReceiveOne(PooledConnection connection)
    {
        lock (_sync)
        {
            long now = Environment.TickCount64;
            try
            {
                return !connection.IsClosed && ReceiveOne(connection, now);
            }
            catch (Exception bug)
            {
                _log.Err($"{LdapModule.ModuleName}: internal error in a connection: {bug}");
                Lose(connection, LdapCode.ServerDown, now);
                return false;
            }
        }
    }

    private bool ReceiveOne(PooledConnection connection, long now)
    {
        int code = connection.Handle.TryTake(out LdapAnswer answer);
        connection.IsFull = false;
        if (code == LdapCode.Success)
        {
            connection.Answers(now);
            TakeAnswer(connection, answer, now);
        }
        else if (code != LdapCode.Timeout)
        {
            Lose(connection, code, now);
        }

        Serve(now);
        return code == LdapCode.Success && connection.Pending.Count > 0;
    }

    private void TakeAnswer(PooledConnection connection, LdapAnswer answer, long now)
    {
        // Not found: given up, or the server's notice that it will close the connection.
        if (connection.Pending.Remove(answer.Id, out LdapRequest? request))
        {
            if (LdapCode.LosesConnection(answer.Code))
            {
                // It says that it is going away: what else is under way may still be answered.
                Retry(request, request.Result(answer.Code), now);
                Leave(connection);
                return;
            }

            if (answer.Code == LdapCode.Success && request.Advance())
            {
                Send(connection, request, now);
                return;
            }

            Settle(request, request.Result(answer.Code, answer.Entries));
        }

        CloseIfDone(connection);
    }

    private void Settle(LdapRequest request, LdapResult result)
    {
        request.Settle(result);
        _answered.Enqueue(request);
    }

    /// <summary>Hands answers over, outside of the lock: what follows one may ask for more.</summary>
    private void HandOver()
    {
        while (true)
        {
            LdapRequest? request;
            lock (_sync)
            {
                if (!_answered.TryDequeue(out request))
                {
                    return;
                }
            }

            request.Finish();
        }
    }

    /// <summary>A request's connection is gone: it is sent once more, on another, or else this is its answer.</summary>
    private void Retry(LdapRequest request, LdapResult otherwise, long now)
    {
        if (request.TryAgain(now))
        {
            _queue.Enqueue(request);
        }
        else
        {
            Settle(request, otherwise);
        }
    }

    /// <summary>
    /// A connection is gone. What it had not answered is sent once more on another; those there are, which the same cause has
    /// probably ended, are not trusted with it.
    /// </summary>
    private void Lose(PooledConnection connection, int code, long now)
    {
        Drop(connection, code, now);
        CloseIdle();
        _open.ForEach(static other => other.IsLeaving = true);
        Serve(now);
    }

    private void Drop(PooledConnection connection, int code, long now)
    {
        Close(connection);
        foreach (LdapRequest request in connection.Pending.Values)
        {
            Retry(request, request.Result(code), now);
        }

        connection.Pending.Clear();
    }

    private void Leave(PooledConnection connection)
    {
        connection.IsLeaving = true;
        CloseIfDone(connection);
    }

    private void CloseIfDone(PooledConnection connection)
    {
        if (connection.Pending.Count == 0 && (connection.IsLeaving || (_closing && _queue.Count == 0)))
        {
            Close(connection);
        }
    }

    private void CloseIdle() => _open.FindAll(static connection => connection.Pending.Count == 0).ForEach(Close);

    private void Close(PooledConnection connection)
    {
        _open.Remove(connection);
        connection.Close();
    }

    private void StartConnecting(long now)
    {
        if (!_connecting)
        {
            _connecting = true;
            _attemptStarted = now;
            _outage.Attempt(At(now));
            int attempt = ++_attempt;
            new Thread(() => Connect(attempt)) { Name = "ldap", IsBackground = true }.Start();
        }
    }

    /// <summary>A thread of its own: names are resolved, and libldap connects and does TLS's handshake, however long it takes.</summary>
    private void Connect(int attempt)
    {
        PooledConnection? connection = null;
        string problem = "no server can be connected to";
        try
        {
            if (_servers.Open(_use.IsBound) is var (handle, server))
            {
                connection = new PooledConnection(handle, server);
                PooledConnection opened = connection;
                handle.Watch(_events!, () => Receive(opened));
            }
        }
        catch (Exception failure)
        {
            // Whatever keeps us from connecting is an outage to those who wait.
            problem = failure.Message;
            connection?.Close();
            connection = null;
        }

        lock (_sync)
        {
            if (attempt != _attempt)
            {
                connection?.Close(); // it comes too late
            }
            else
            {
                Connected(connection, problem);
            }
        }

        HandOver();
    }

    private void Connected(PooledConnection? connection, string problem)
    {
        long now = Environment.TickCount64;
        _connecting = false;
        if (connection is null or { IsClosed: true })
        {
            CannotConnect(problem, now);
            return;
        }

        _outage.Over();
        _open.Add(connection);
        Serve(now);
        CloseIfDone(connection);
    }

    /// <summary>An attempt failed. With another connection at work that only means: not more than it.</summary>
    private void CannotConnect(string problem, long now)
    {
        if (_open.Exists(connection => now - connection.LastAnswer < AnswerTime))
        {
            _log.Warn($"{LdapModule.ModuleName}: no further connection: {problem}");
            _noGrowthBefore = now + RegrowAfter;
        }
        else
        {
            BeginOutage(problem, now);
        }
    }

    private void BeginOutage(string problem, long now)
    {
        _outage.Failed(new Absence(problem, []), At(now));
        _retry = now + (long)_outage.Backoff().TotalMilliseconds;
        while (_queue.TryDequeue(out LdapRequest? request))
        {
            Settle(request, LdapResult.Away);
        }
    }

    private static TimeSpan At(long milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
