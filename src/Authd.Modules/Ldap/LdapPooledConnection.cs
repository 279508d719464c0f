using Authd.Linux.Events;
using Authd.Linux.Ldap;
using Authd.Modules.Pool;

namespace Authd.Modules.Ldap;

/// <summary>
/// Requests differ by their message ids. The worker's events watch the connection; nothing in here blocks, and all
/// of it happens on the events' thread.
/// </summary>
internal sealed class LdapPooledConnection : MultiplexedConnection<LdapRequest>
{
    /// <summary>After this time without an answer, what a full socket did not take is written, as far as it takes it now.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(20);

    private readonly Dictionary<int, LdapRequest> _pending = [];
    private readonly LdapConnection _handle;
    private readonly LdapServer _server;
    private readonly LdapServers _servers;
    private readonly LdapUse _use;
    private readonly EventLoop _events;
    private bool _isClosed;

    /// <summary>Takes a connection over.</summary>
    /// <param name="handle">Open.</param>
    /// <param name="server">To this one.</param>
    /// <param name="servers">All of them.</param>
    /// <param name="use">The connection's purpose.</param>
    /// <param name="events">Where it is watched.</param>
    /// <exception cref="Linux.Native.LibcException">It cannot be watched.</exception>
    public LdapPooledConnection(LdapConnection handle, LdapServer server, LdapServers servers, LdapUse use, EventLoop events)
        : base(use.AtOnce)
    {
        (_handle, _server, _servers, _use, _events) = (handle, server, servers, use, events);
        handle.Watch(events, () => Guard(Receive));
    }

    /// <inheritdoc/>
    public override void Send(LdapRequest request)
    {
        if (EventLoop.Current == _events)
        {
            Guard(() => Begin(request));
        }
        else
        {
            _events.Invoke(() => Guard(() => Begin(request)));
        }
    }

    /// <inheritdoc/>
    public override void LookAfter() => _events.Invoke(() => Guard(EndLate));

    /// <inheritdoc/>
    public override async Task CloseAsync()
    {
        await _events.EnterAsync();
        Close();
    }

    private void Guard(Action step)
    {
        if (_isClosed || !IsJoined)
        {
            return;
        }

        try
        {
            step();
        }
        catch (Exception bug)
        {
            Close();
            Break(bug);
        }
    }

    private void Begin(LdapRequest request)
    {
        request.Begin();
        Advance(request);
    }

    /// <summary>Sends a request's current operation.</summary>
    private void Advance(LdapRequest request)
    {
        int code = request.Send(_handle, Clock.Now);
        if (code == LdapCode.Success)
        {
            _pending.Add(request.Id, request);
            if (_use.IsSingle)
            {
                Leave();
            }
        }
        else if (code == LdapCode.Busy)
        {
            IsFull = true;
            GiveBack(request);
        }
        else if (LdapCode.LosesConnection(code))
        {
            request.Failure = request.Result(code);
            Lose(code);
        }
        else
        {
            Answer(request, request.Result(code));
        }
    }

    /// <summary>Takes all answers that have come: what libldap keeps back wakes nobody later.</summary>
    private void Receive()
    {
        int code;
        do
        {
            code = _handle.TryTake(out LdapAnswer answer);
            if (code == LdapCode.Success)
            {
                HasAnswered();
                _server.LastAnswer = LastAnswer;
                Take(answer);
            }
        }
        while (code == LdapCode.Success && _pending.Count > 0 && !_isClosed);

        if (code is not (LdapCode.Success or LdapCode.Timeout))
        {
            Lose(code);
        }
        else if (IsFull)
        {
            IsFull = false;
            HasRoomAgain();
        }
    }

    private void Take(LdapAnswer answer)
    {
        // Not found: given up, or the server's notice that it will close the connection.
        if (!_pending.Remove(answer.Id, out LdapRequest? request))
        {
            return;
        }

        if (LdapCode.LosesConnection(answer.Code))
        {
            // The server says that it is going away: what else is under way may still be answered.
            Leave();
            Retry(request, answer.Code);
        }
        else if (answer.Code == LdapCode.Success && request.Advance())
        {
            Advance(request);
        }
        else
        {
            Answer(request, request.Result(answer.Code, answer.Entries));
        }
    }

    /// <summary>The request is sent once more, on another connection, unless that has been done or it was a change.</summary>
    private void Retry(LdapRequest request, int code)
    {
        if (request.SentAgain || !request.CanRepeat)
        {
            Answer(request, request.Result(code));
        }
        else
        {
            request.SentAgain = true;
            GiveBack(request);
        }
    }

    private void Answer(LdapRequest request, LdapResult result)
    {
        request.CompleteLater(result);
        Answered(request);
    }

    private void EndLate()
    {
        foreach (LdapRequest request in _pending.Values.Where(request => Clock.Now >= request.Limit).ToList())
        {
            if (!_isClosed)
            {
                GiveUp(request);
            }
        }

        if (!_isClosed && Clock.Now - LastAnswer >= Quiet)
        {
            _handle.Flush();
            Receive();
        }
    }

    /// <summary>
    /// A server that has answered others in the meantime is slow with this one, not silent. Then only the request is given
    /// up; the connection too where it has answered nothing, or can serve nobody until its bind has ended.
    /// </summary>
    private void GiveUp(LdapRequest request)
    {
        _pending.Remove(request.Id);
        LdapResult late = request.Result(LdapCode.Timeout);
        if (_server.LastAnswer <= request.Sent)
        {
            _servers.MarkFailed(_server, $"{late.Function} failed: {LdapCode.Text(late.Code)}");
            request.Failure = LdapResult.Away;
            if (_servers.HasFavoured)
            {
                Lose(LdapCode.Timeout);
            }
            else
            {
                FellSilent(new TimeoutException(LdapCode.Text(LdapCode.Timeout)));
            }
        }
        else
        {
            Answer(request, late);
            if (MostAtOnce == 1 || LastAnswer <= request.Sent)
            {
                Lose(LdapCode.Timeout, isAlone: true);
            }
            else
            {
                _handle.Abandon(request.Id);
            }
        }
    }

    private void Lose(int code, bool isAlone = false)
    {
        foreach (LdapRequest request in _pending.Values)
        {
            request.Failure = request.Result(code);
        }

        Close();
        Lost(isAlone);
    }

    private void Close()
    {
        if (!_isClosed)
        {
            _isClosed = true;
            _handle.Dispose();
        }
    }
}
