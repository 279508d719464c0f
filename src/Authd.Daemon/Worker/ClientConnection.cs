// One client from accept to close: its request, the answer, the end.
using System.Buffers;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Metrics;
using Authd.Core.Protocol;
using Authd.Daemon.Clients;
using Authd.Linux.Events;
using Authd.Linux.Sockets;

namespace Authd.Daemon.Worker;

/// <summary>
/// One connection. It is used by one thread at a time; only <see cref="TimeOut"/> and <see cref="CloseIfSilent"/> may run on
/// other threads, and they only end its wait.
/// </summary>
internal sealed class ClientConnection(
    int descriptor,
    EventLoop events,
    RequestHandler handler,
    Limits limits,
    ConnectionTimeouts watch,
    IWaitingRoom waitingRoom,
    WorkerCounters counters,
    RefusedRequests refused,
    Log log)
    : IServedClient, IWaiting, IDisposable
{
    private const int UsualRequest = 512;
    private const int UsualReply = 512;
    private const int NothingYet = -1;
    private const string RequestSeconds = "request-seconds";

    /// <summary>Milliseconds from accept to a delayed reply, whatever the penalty: clients give up after 30 s.</summary>
    private const int LatestReply = 24_000;

    /// <summary>A delayed reply is sent this many milliseconds before the request's time ends.</summary>
    private const int BeforeEnd = 500;

    private static ReadOnlySpan<byte> Fail => "FAIL\n"u8;

    private readonly ClientSocket _socket = new(descriptor, events);
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(UsualRequest);
    private int _arrived = NothingYet;
    // It has no timer, so there is nothing to dispose of; disposing would race with a late TimeOut.
    private readonly CancellationTokenSource _cancel = new();
    private readonly long _end = After(limits.RequestSeconds);
    private readonly long _latestReply = Environment.TickCount64 + LatestReply;
    private volatile bool _reading;
    private bool _isSilent;
    private volatile bool _isClosed;
    private bool _saidAll;
    private volatile ClientRequest.Auth? _login;
    private volatile ClientRequest? _request;
    private string _limit = "";
    private int _limitValue;

    /// <inheritdoc/>
    public bool HasLeftItsPlace { get; private set; }

    /// <inheritdoc/>
    public long Deadline { get; private set; }

    /// <summary>The client and its request for the administrator, without any password.</summary>
    internal ShownClient Describe()
    {
        long age = Environment.TickCount64 - (_end - (limits.RequestSeconds * 1000L));
        return new ShownClient(
            _socket.Peer.Pid,
            DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - age,
            _request switch
            {
                null => "(no request yet)",
                ClientRequest.Pre pre => $"PRE {pre.Lookup.Context.Service} {pre.Lookup.User}",
                ClientRequest.Auth auth => $"AUTH {auth.Credentials.Context.Service} {LoginData.ClaimedName(auth.Credentials)}",
                ClientRequest.Passwd change => $"PASSWD {change.Change.Context.Service} {change.Change.User}",
                _ => "ENUMERATE",
            });
    }

    /// <inheritdoc/>
    public void ReceiveArrived() => _arrived = _socket.TryReceive(_buffer);

    /// <inheritdoc/>
    public async Task ServeAsync()
    {
        try
        {
            if (await ReadRequestAsync() is { } request)
            {
                _request = request;
                await AnswerAsync(request);
            }
            else if (!_isSilent)
            {
                counters.Add(WorkerWord.BadRequests);
            }
        }
        finally
        {
            Dispose();
        }
    }

    /// <inheritdoc/>
    public void TimeOut()
    {
        log.Warn($"a client is closed: over the limit {_limit} = {_limitValue}");
        _isClosed = true;
        ClientRequest.Auth? login = _login;
        // The client comes first: a module that throws on cancellation must not keep it waiting.
        if (login is not null && handler.Failures.IsFail(login.Credentials, _socket.HasFinishedSending))
        {
            _socket.Abort(Fail);
        }
        else
        {
            _socket.Abort();
        }

        _cancel.Cancel();
    }

    /// <summary>The daemon stops: closes a client that has not sent its request.</summary>
    internal void CloseIfSilent()
    {
        if (_reading)
        {
            _isClosed = true;
            _socket.Abort();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_saidAll)
        {
            _socket.DisposeAtOnce();
        }
        else
        {
            _socket.Dispose();
        }
    }

    /// <summary>The whole request, or <c>null</c> if it is malformed, too long or too slow, or the client is gone; such a client
    /// gets no reply.</summary>
    private async ValueTask<ClientRequest?> ReadRequestAsync()
    {
        RequestParser parser = new();
        int filled = 0;
        try
        {
            while (true)
            {
                _reading = true;
                int received = _arrived != NothingYet ? _arrived : await ReceiveAsync(_buffer.AsMemory(filled));
                _arrived = NothingYet;
                _reading = false;
                filled += received;
                _isSilent = filled == 0; // It only tested whether the daemon answers.
                ParseStatus status = received == 0 ? ParseStatus.Malformed : parser.Parse(_buffer.AsSpan(0, filled));
                if (status != ParseStatus.NeedMore)
                {
                    // No client sends more after the line end of a lookup. After the payload of AUTH, Cyrus SASL does.
                    _saidAll = parser is { Request: ClientRequest.Pre } && parser.Length == filled && filled < _buffer.Length;
                    if (status == ParseStatus.Malformed && !_isSilent && !_isClosed)
                    {
                        refused.Add(received == 0 ? parser.Incomplete(filled) : parser.Problem, _socket.Peer);
                    }

                    return status == ParseStatus.Complete ? parser.Request : null;
                }

                if (filled >= limits.RequestBytes)
                {
                    log.Warn($"a client is closed: over the limit request-bytes = {limits.RequestBytes}");
                    return null;
                }

                if (filled == _buffer.Length)
                {
                    Grow();
                }
            }
        }
        finally
        {
            // It may hold a password.
            ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
        }
    }

    private ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        ValueTask<int> receive = _socket.ReceiveAsync(buffer);
        long idle = After(limits.IdleSeconds);
        return idle < _end
            ? Timed(receive, idle, "idle-seconds", limits.IdleSeconds)
            : Timed(receive, _end, RequestSeconds, limits.RequestSeconds);
    }

    private async ValueTask AnswerAsync(ClientRequest request)
    {
        if (request is ClientRequest.Enumerate)
        {
            counters.Add(WorkerWord.Listings);
            await Timed(
                new ValueTask<bool>(handler.EnumerateAsync(SendPieceAsync, _cancel.Token)),
                After(limits.RequestSeconds),
                RequestSeconds,
                limits.RequestSeconds);
            return;
        }

        ArrayBufferWriter<byte> reply = new(UsualReply);
        ClientRequest.Auth? login = _login = request as ClientRequest.Auth;
        bool saidAll = _saidAll;
        ValueTask<TimeSpan> answer = handler.AnswerAsync(request, reply, _cancel.Token);
        TimeSpan hold = answer.IsCompletedSuccessfully
            ? answer.Result
            : await Timed(answer, _end, RequestSeconds, limits.RequestSeconds);

        // After a wait, only if nothing has arrived during it.
        _saidAll = _saidAll || (saidAll && !_socket.HasInput);
        _login = null;
        if (login is not null && reply.WrittenCount == 0 && handler.Failures.IsFail(login.Credentials, _socket.HasFinishedSending))
        {
            reply.Write(Fail);
        }

        if (hold > TimeSpan.Zero)
        {
            await WaitAsync(hold);
        }

        if (reply.WrittenCount > 0)
        {
            await Timed(
                _socket.SendAsync(reply.WrittenMemory), After(limits.WriteSeconds), "write-seconds", limits.WriteSeconds);
            reply.Clear(); // It may hold a password, which is not left to the garbage collector.
        }
    }

    /// <summary>Delays the reply to a failed login. The delay holds only a timer, and does not count as a connection.</summary>
    private async ValueTask WaitAsync(TimeSpan wanted)
    {
        long most = Math.Min(_latestReply, _end - BeforeEnd) - Environment.TickCount64;
        TimeSpan time = TimeSpan.FromMilliseconds(Math.Min(wanted.TotalMilliseconds, most));
        if (time > TimeSpan.Zero && waitingRoom.TryEnter())
        {
            HasLeftItsPlace = true;
            await Task.Delay(time, waitingRoom.Closing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Sends a piece of a listing. A listing has no time limit as
    /// long as the client takes pieces and modules give accounts.</summary>
    private async ValueTask<bool> SendPieceAsync(ReadOnlyMemory<byte> piece)
    {
        Deadline = After(limits.WriteSeconds);
        bool sent = await _socket.SendAsync(piece);
        Deadline = After(limits.RequestSeconds);
        return sent;
    }

    /// <summary>Waits under a deadline. Work that is already done, as nearly all is, never reaches the timer.</summary>
    private async ValueTask<T> Timed<T>(ValueTask<T> work, long deadline, string limit, int value)
    {
        if (work.IsCompletedSuccessfully)
        {
            return work.Result;
        }

        // The client may send more in the meantime.
        _saidAll = false;
        Deadline = deadline;
        (_limit, _limitValue) = (limit, value);
        watch.Add(this);
        try
        {
            return await work;
        }
        finally
        {
            watch.Remove(this);
        }
    }

    private static long After(int seconds) => Environment.TickCount64 + (seconds * 1000L);

    private void Grow()
    {
        byte[] full = _buffer;
        _buffer = ArrayPool<byte>.Shared.Rent(full.Length * 2);
        full.CopyTo(_buffer, 0);
        ArrayPool<byte>.Shared.Return(full, clearArray: true);
    }
}
