// A client that keeps its connection for many requests: the common part of logins for mail servers and of Postfix's tables.
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Linux.Events;
using Authd.Linux.Sockets;

namespace Authd.Daemon.Clients;

/// <summary>
/// Reads a mail server's input and hands it on in whole requests. A process of a mail server may keep its connection idle for
/// hours, but must begin within <c>idle-seconds</c>. When the worker leaves, it ends the connection at a moment when no request
/// is under way, in a way that loses no request: the client's next send fails, and it connects again.
/// </summary>
internal abstract class KeptConnection(int descriptor, EventLoop events, Limits limits, ConnectionTimeouts watch, Log log)
    : IServedClient, IWaiting, IDisposable
{
    /// <summary>The longest request, in bytes.</summary>
    protected const int LongestPiece = 16384;

    private const int UsualPiece = 2048;

    /// <summary>Milliseconds that a new client has for its first request when the worker leaves.</summary>
    private const int Grace = 1000;

    /// <summary>Milliseconds after which a leaving worker no longer waits for exchanges that the client has begun.</summary>
    private const int LongestLeave = 30_000;

    private readonly ClientSocket _socket = new(descriptor, events);
    private readonly long _connected = Environment.TickCount64;
    private volatile bool _hasBegun;
    private volatile bool _hasPart;
    private volatile bool _refuses;
    private long _leaves;

    /// <inheritdoc/>
    public bool HasLeftItsPlace => false;

    /// <inheritdoc/>
    public long Deadline { get; private set; }

    /// <summary>The section of authdaemond.ini, for messages.</summary>
    protected abstract string Section { get; }

    /// <summary>An exchange is under way that needs more input from the client.</summary>
    protected abstract bool WaitsForClient { get; }

    /// <summary>A whole request has arrived.</summary>
    protected bool HasAsked { get; set; }

    /// <inheritdoc/>
    public async Task ServeAsync()
    {
        byte[] buffer = new byte[UsualPiece];
        try
        {
            await ReadAsync(buffer);
        }
        catch (FormatException garbage)
        {
            log.Warn($"[{Section}] a client is closed: {garbage.Message}");
            _socket.Abort();
        }
        finally
        {
            watch.Remove(this);
            await EndAsync();
            Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>The worker leaves: ends the connection as soon as no
    /// request is lost by that. Runs on the loop's thread.</summary>
    internal void Leave()
    {
        if (_leaves == 0)
        {
            _leaves = Environment.TickCount64;
        }

        if (Environment.TickCount64 - _leaves > LongestLeave)
        {
            _socket.Abort();
            return;
        }

        if (!TryRefuseMore())
        {
            Deadline = Environment.TickCount64;
            watch.Add(this);
        }
    }

    /// <summary>The daemon stops: exchanges that the client has begun are abandoned.</summary>
    internal void Stop()
    {
        ForgetBegun();
        _leaves = Environment.TickCount64;
        RefuseMore();
    }

    /// <inheritdoc/>
    public void TimeOut()
    {
        if (_leaves != 0)
        {
            events.Invoke(Leave);
        }
        else if (!_hasBegun)
        {
            log.Warn($"[{Section}] a client is closed: over the limit idle-seconds = {limits.IdleSeconds}");
            _socket.Abort();
        }
    }

    /// <summary>The server's first bytes; may be empty.</summary>
    protected virtual ReadOnlySpan<byte> Greeting => default;

    /// <summary>
    /// Takes whole requests from <paramref name="received"/> and returns the number of their bytes. It may be called again before
    /// these requests are done.
    /// </summary>
    /// <exception cref="FormatException">The input is not a request; the message is for the log.</exception>
    protected abstract ValueTask<int> TakeAsync(ReadOnlyMemory<byte> received);

    /// <summary>Ends the wait for exchanges that the client has begun and not finished.</summary>
    protected virtual void ForgetBegun()
    {
    }

    /// <summary>Completes when no request is under way.</summary>
    protected virtual Task EndAsync() => Task.CompletedTask;

    /// <summary>Sends a reply. A client that has left so many unread that there is no room is closed.</summary>
    protected void Send(ReadOnlySpan<byte> reply)
    {
        if (!_socket.TrySendAll(reply))
        {
            _socket.Abort();
        }
    }

    /// <summary>Call this after an exchange has ended: a leaving worker may now end the connection.</summary>
    protected void EndedSomething()
    {
        if (_leaves != 0 && !_refuses)
        {
            events.Invoke(() => TryRefuseMore());
        }
    }

    /// <summary>Ends the connection after the answers to the input received so far.</summary>
    protected void RefuseMore()
    {
        _refuses = true;
        _socket.RefuseMore();
    }

    private bool TryRefuseMore()
    {
        bool mayBegin = !HasAsked && Environment.TickCount64 - _connected < Grace;
        if (_refuses)
        {
            return true;
        }

        if (mayBegin || !_hasBegun || _hasPart || WaitsForClient || _socket.HasInput)
        {
            return false;
        }

        RefuseMore();
        return true;
    }

    private async Task ReadAsync(byte[] buffer)
    {
        int filled = 0;
        try
        {
            Send(Greeting);
            Deadline = Environment.TickCount64 + (limits.IdleSeconds * 1000L);
            watch.Add(this);
            while (await _socket.ReceiveAsync(buffer.AsMemory(filled)) is > 0 and var received)
            {
                filled += received;
                int taken = await TakeAsync(buffer.AsMemory(0, filled));
                if (taken > 0)
                {
                    Begin();
                    buffer.AsSpan(taken, filled - taken).CopyTo(buffer);
                    buffer.AsSpan(filled - taken, taken).Clear();
                    filled -= taken;
                }

                _hasPart = filled > 0;
                if (filled == buffer.Length)
                {
                    buffer = filled < LongestPiece
                        ? Grow(buffer) : throw new FormatException($"it sends more than {LongestPiece} bytes that are no request");
                }
            }
        }
        finally
        {
            Array.Clear(buffer); // It may hold a password.
        }
    }

    private void Begin()
    {
        if (!_hasBegun)
        {
            _hasBegun = true;
            if (_leaves == 0)
            {
                watch.Remove(this);
            }
        }
    }

    private static byte[] Grow(byte[] full)
    {
        byte[] larger = new byte[full.Length * 2];
        full.CopyTo(larger, 0);
        Array.Clear(full);
        return larger;
    }
}
