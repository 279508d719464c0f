// A client's connection: tries every operation at once, and waits only when it must.
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Authd.Interop;

/// <summary>
/// An accepted, non-blocking stream socket. Nearly every client has sent its request before it is accepted and has room
/// for the reply, so the usual request needs no event: recv, send, close.
/// </summary>
/// <param name="descriptor">Is taken over.</param>
/// <param name="events">Where to wait.</param>
public sealed class ClientSocket(int descriptor, SocketEvents events) : IDisposable
{
    private const int DrainChunk = 4096;

    private readonly Lock _closing = new();
    private SocketWait? _wait;
    private bool _closed;

    /// <summary>Receives some bytes; 0 at the end of the client's input (an error of the connection is an end, too).</summary>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        int received = TryReceive(buffer.Span);
        return received >= 0 ? new(received) : WaitAndReceiveAsync(buffer);
    }

    /// <summary>Sends all bytes; false when the client is gone.</summary>
    public ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        int sent = TrySend(bytes.Span);
        return sent == bytes.Length ? new(true) : sent >= 0 ? WaitAndSendAsync(bytes[sent..]) : new(false);
    }

    /// <summary>The client has sent something that has not been received, or has gone.</summary>
    public bool HasInput => Descriptors.HasInput(descriptor);

    /// <summary>The client has shut down its sending side, or is gone.</summary>
    public unsafe bool HasFinishedSending
    {
        get
        {
            pollfd state = new() { fd = descriptor, events = (short)LibC.POLLRDHUP };
            return Libc.poll(&state, 1, 0) > 0;
        }
    }

    /// <summary>
    /// Ends the connection as <see cref="Abort()"/> does, after a few last bytes if there is room for them. Any thread may call it.
    /// </summary>
    public void Abort(ReadOnlySpan<byte> lastBytes)
    {
        lock (_closing)
        {
            if (!_closed)
            {
                _ = TrySend(lastBytes);
            }
        }

        Abort();
    }

    /// <summary>Ends the connection under whoever waits for it: the wait ends as if the client had gone. Any thread may call it.</summary>
    public void Abort()
    {
        lock (_closing)
        {
            if (!_closed)
            {
                _ = LibC.shutdown(descriptor, LibC.SHUT_RDWR);
            }
        }
    }

    /// <summary>
    /// Closes without ever resetting the connection: a Unix socket that is closed with unread input makes the client's
    /// next read fail, even when the reply is waiting for it (Cyrus SASL sends one byte more than it announces).
    /// After the shutdown nothing more can arrive, so what is drained here is all, and no more than a socket buffer holds.
    /// </summary>
    public void Dispose() => Close(drain: true);

    /// <summary>
    /// Closes with one system call instead of three, and wakes the client once: for a client that has surely sent all that it
    /// will send, because input that is unread now resets its connection.
    /// </summary>
    public void DisposeAtOnce() => Close(drain: false);

    private void Close(bool drain)
    {
        lock (_closing)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            if (drain)
            {
                _ = LibC.shutdown(descriptor, LibC.SHUT_RDWR);
                Drain();
            }

            Descriptors.Close(descriptor);
        }
    }

    private unsafe void Drain()
    {
        byte* rest = stackalloc byte[DrainChunk];
        while (LibC.recv(descriptor, rest, DrainChunk, LibC.MSG_DONTWAIT) > 0)
        {
        }
    }

    private async ValueTask<int> WaitAndReceiveAsync(Memory<byte> buffer)
    {
        int received = -1;
        while (received < 0)
        {
            await events.WaitAsync(descriptor, _wait ??= new SocketWait(), LibC.EPOLLIN);
            received = TryReceive(buffer.Span);
        }

        return received;
    }

    private async ValueTask<bool> WaitAndSendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            await events.WaitAsync(descriptor, _wait ??= new SocketWait(), LibC.EPOLLOUT);
            int sent = TrySend(bytes.Span);
            if (sent < 0)
            {
                return false;
            }

            bytes = bytes[sent..];
        }

        return true;
    }

    /// <summary>How much was received; 0 at the end, -1 when nothing is there yet.</summary>
    private unsafe int TryReceive(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint received = (nint)LibC.recv(descriptor, start, buffer.Length, LibC.MSG_DONTWAIT);
            return received >= 0 ? (int)received : Marshal.GetLastPInvokeError() == LibC.EAGAIN ? -1 : 0;
        }
    }

    /// <summary>How much was sent, which is 0 when there is no room now; -1 when the client is gone.</summary>
    private unsafe int TrySend(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            nint sent = (nint)LibC.send(descriptor, start, bytes.Length, LibC.MSG_DONTWAIT | LibC.MSG_NOSIGNAL);
            return sent >= 0 ? (int)sent : Marshal.GetLastPInvokeError() == LibC.EAGAIN ? 0 : -1;
        }
    }
}
