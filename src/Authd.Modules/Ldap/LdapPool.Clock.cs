// What happens by the clock: late requests, silent servers, outages, rest.
using Authd.Interop;

namespace Authd.Modules.Ldap;

/// <content>The timer's part.</content>
internal sealed partial class LdapPool
{
    private const int TickLength = 20;
    private const int QuietTicks = 50;
    private const int AnswerGrace = 500;

    private bool _ticking;
    private int _quiet;
    private long _noGrowthBefore;
    private long _retry;
    private long _attemptStarted;

    private long AnswerTime => (long)_limits.AnswerTimeout.TotalMilliseconds + AnswerGrace;

    private void StartClock()
    {
        _quiet = 0;
        if (!_ticking)
        {
            _ticking = true;
            _clock.Change(TickLength, TickLength);
        }
    }

    /// <summary>Runs often while anything is under way, and for what is left to be done when nothing has been for a while.</summary>
    private void Tick()
    {
        List<PooledConnection> waiting;
        lock (_sync)
        {
            long now = Environment.TickCount64;
            EndLate(now);
            waiting = _open.FindAll(static connection => connection.Pending.Count > 0);
            waiting.ForEach(connection => EndLate(connection, now));
            waiting.RemoveAll(connection => now - connection.LastAnswer < TickLength);
            LookAfterConnections(now);
            Schedule(now);
        }

        HandOver();

        // What a full socket did not take is written in there, as soon as it can be.
        waiting.ForEach(Receive);
    }

    private void LookAfterConnections(long now)
    {
        if (_connecting && now - _attemptStarted > AnswerTime + AnswerGrace)
        {
            (_connecting, _attempt) = (false, _attempt + 1);
            CannotConnect("connecting takes too long", now);
        }

        if (_outage.Away && now >= _retry && !_closing)
        {
            StartConnecting(now);
        }

        if (now - _lastUse >= (long)_limits.IdleTimeout.TotalMilliseconds)
        {
            CloseIdle();
        }
    }

    private void Schedule(long now)
    {
        bool busy = _connecting || _queue.Count > 0 || _open.Exists(static connection => connection.Pending.Count > 0);
        _quiet = busy ? 0 : _quiet + 1;
        if (busy && !_ticking)
        {
            StartClock();
        }
        else if (_quiet > QuietTicks || !_ticking)
        {
            _ticking = false;
            long next = Math.Min(
                _outage.Away && !_closing ? _retry : long.MaxValue,
                _open.Count > 0 ? _lastUse + (long)_limits.IdleTimeout.TotalMilliseconds : long.MaxValue);
            _clock.Change(next == long.MaxValue ? Timeout.Infinite : Math.Max(1, next - now), Timeout.Infinite);
        }
    }

    private void EndLate(long now)
    {
        for (int i = _queue.Count; i > 0; i--)
        {
            LdapRequest request = _queue.Dequeue();
            if (now >= request.Deadline)
            {
                Settle(request, LdapResult.Away);
            }
            else
            {
                _queue.Enqueue(request);
            }
        }
    }

    private void EndLate(PooledConnection connection, long now)
    {
        foreach (LdapRequest request in connection.Pending.Values.Where(request => now >= request.Limit).ToList())
        {
            if (!connection.IsClosed)
            {
                GiveUp(connection, request, now);
            }
        }
    }

    /// <summary>
    /// A server that has answered others in the meantime is slow with this one, not silent. Then only the request is given
    /// up; the connection too where it has answered nothing, or can serve nobody until its bind has ended.
    /// </summary>
    private void GiveUp(PooledConnection connection, LdapRequest request, long now)
    {
        connection.Pending.Remove(request.Id);
        LdapResult late = request.Result(LdapCode.Timeout);
        if (connection.Server.LastAnswer <= request.Sent)
        {
            _servers.Fails(connection.Server, $"{late.Function} failed: {LdapCode.Text(late.Code)}");
            if (_servers.HasFavoured)
            {
                Retry(request, LdapResult.Away, now);
                Lose(connection, LdapCode.Timeout, now);
            }
            else
            {
                EndInOutage(connection, request, now);
            }
        }
        else
        {
            Settle(request, late);
            if (_use.AtOnce == 1 || connection.LastAnswer <= request.Sent)
            {
                Drop(connection, LdapCode.Timeout, now);
                Serve(now);
            }
            else
            {
                connection.Handle.Abandon(request.Id);
            }
        }
    }

    /// <summary>No server is left that would do better.</summary>
    private void EndInOutage(PooledConnection connection, LdapRequest request, long now)
    {
        Close(connection);
        CloseIdle();
        foreach (LdapRequest other in connection.Pending.Values.Prepend(request))
        {
            Settle(other, LdapResult.Away);
        }

        connection.Pending.Clear();
        BeginOutage(LdapCode.Text(LdapCode.Timeout), now);
    }
}
