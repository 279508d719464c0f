// One client from accept to close: read its request, answer it, close.
using System.Buffers;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Protocol;
using Authd.Interop;

namespace Authd.Daemon.Worker;

/// <summary>
/// One connection. It is used by one thread at a time; only <see cref="TimeOut"/> and <see cref="CloseIfSilent"/> come
/// from elsewhere, and they do no more than end what it waits for.
/// </summary>
internal sealed class ClientConnection(
    int descriptor,
    SocketEvents events,
    RequestHandler handler,
    Limits limits,
    DeadlineWatch watch,
    IWaitingRoom waitingRoom,
    Log log)
    : IWaiting, IDisposable
{
    private const int UsualRequest = 512;
    private const int UsualReply = 512;
    private const string RequestSeconds = "request-seconds";

    /// <summary>Milliseconds from accept to a reply that has been made to wait, whatever the penalty: clients give up after 30 s.</summary>
    private const int LatestReply = 24_000;

    /// <summary>Milliseconds before the end of the request's time at which such a reply goes out.</summary>
    private const int BeforeEnd = 500;

    private static ReadOnlySpan<byte> Fail => "FAIL\n"u8;

    private readonly ClientSocket _socket = new(descriptor, events);
    // Without a timer it holds nothing to dispose of; disposing it would race with a late TimeOut.
    private readonly CancellationTokenSource _cancel = new();
    private readonly long _end = After(limits.RequestSeconds);
    private readonly long _latestReply = Environment.TickCount64 + LatestReply;
    private volatile bool _reading;
    private bool _saidAll;
    private volatile ClientRequest.Auth? _login;
    private string _limit = "";
    private int _limitValue;

    /// <summary>The client's place among the connections is free, because its reply has been made to wait.</summary>
    internal bool HasLeftItsPlace { get; private set; }

    /// <inheritdoc/>
    public long Deadline { get; private set; }

    /// <summary>Serves the client; the connection is closed afterwards.</summary>
    internal async Task ServeAsync()
    {
        try
        {
            if (await ReadRequestAsync() is { } request)
            {
                await AnswerAsync(request);
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
        ClientRequest.Auth? login = _login;
        // The client first: a module that throws when it is told to give up must not keep it waiting.
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

    /// <summary>The daemon stops: a client that has not sent its request is not waited for.</summary>
    internal void CloseIfSilent()
    {
        if (_reading)
        {
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

    /// <summary>The whole request, or <c>null</c>: malformed, too long, too slow or gone; such a client gets no reply.</summary>
    private async ValueTask<ClientRequest?> ReadRequestAsync()
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(UsualRequest);
        RequestParser parser = new();
        int filled = 0;
        try
        {
            while (true)
            {
                _reading = true;
                int received = await ReceiveAsync(buffer.AsMemory(filled));
                _reading = false;
                filled += received;
                ParseStatus status = received == 0 ? ParseStatus.Malformed : parser.Parse(buffer.AsSpan(0, filled));
                if (status != ParseStatus.NeedMore)
                {
                    // No client sends more after the line end of a lookup; after the payload of AUTH Cyrus SASL does.
                    _saidAll = parser is { Request: ClientRequest.Pre } && parser.Length == filled && filled < buffer.Length;
                    return status == ParseStatus.Complete ? parser.Request : null;
                }

                if (filled >= limits.RequestBytes)
                {
                    log.Warn($"a client is closed: over the limit request-bytes = {limits.RequestBytes}");
                    return null;
                }

                if (filled == buffer.Length)
                {
                    buffer = Grow(buffer);
                }
            }
        }
        finally
        {
            // A password may be in it.
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
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

        // After a wait only if nothing has come in it.
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
        }
    }

    /// <summary>The reply to a failed login waits: on a timer alone, and not as one of the connections that are limited.</summary>
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

    /// <summary>One piece of a listing: as long as the client takes pieces and modules give accounts, there is no end time.</summary>
    private async ValueTask<bool> SendPieceAsync(ReadOnlyMemory<byte> piece)
    {
        Deadline = After(limits.WriteSeconds);
        bool sent = await _socket.SendAsync(piece);
        Deadline = After(limits.RequestSeconds);
        return sent;
    }

    /// <summary>Waits under a deadline. What is done already, as nearly everything is, never reaches the watch.</summary>
    private async ValueTask<T> Timed<T>(ValueTask<T> work, long deadline, string limit, int value)
    {
        if (work.IsCompletedSuccessfully)
        {
            return work.Result;
        }

        // In the meantime the client may send something.
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

    private static byte[] Grow(byte[] full)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(full.Length * 2);
        full.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(full, clearArray: true);
        return larger;
    }
}
