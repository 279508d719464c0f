using System.Runtime.InteropServices;
using Authd.Linux.Events;
using Authd.Linux.Files;
using Authd.Linux.Native;
using Tmds.Linux;

namespace Authd.Linux.Sockets;

/// <summary>
/// A client's connection: an accepted, non-blocking stream socket. Every operation is tried at once and waits only when it must.
/// Nearly every client has sent its request before it is accepted and has room for the reply, so the usual request needs no
/// event: recv, send, close.
/// </summary>
/// <param name="descriptor">The socket; this object closes it.</param>
/// <param name="events">The loop that waits for it.</param>
public sealed class ClientSocket(int descriptor, EventLoop events) : IDisposable
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

    /// <summary>
    /// Sends all bytes at once: for short replies to a client that may have many under
    /// way. False: the client is gone, or has left so many replies unread that there is no
    /// room; the rest is dropped. Any thread may call this, also while another receives.
    /// </summary>
    public bool TrySendAll(ReadOnlySpan<byte> bytes)
    {
        lock (_closing)
        {
            return !_closed && TrySend(bytes) == bytes.Length;
        }
    }

    /// <summary>
    /// Refuses further bytes from the client (it gets EPIPE). Bytes that it has sent before can still be received, and replies
    /// still reach it. A client that keeps its connection therefore loses no request when it has to make another one.
    /// </summary>
    public void RefuseMore()
    {
        lock (_closing)
        {
            if (!_closed)
            {
                _ = LibC.shutdown(descriptor, LibC.SHUT_RD);
            }
        }
    }

    /// <summary>The client has sent bytes that have not been received, or is gone.</summary>
    public bool HasInput => Descriptors.HasInput(descriptor);

    /// <summary>The client's process and user at the time it connected; 0
    /// and the largest number when the kernel does not know them.</summary>
    public unsafe (int Pid, uint Uid) Peer
    {
        get
        {
            int* credentials = stackalloc int[3]; // struct ucred: pid, uid, gid
            socklen_t length = 3 * sizeof(int);
            return LibC.getsockopt(descriptor, LibC.SOL_SOCKET, LibC.SO_PEERCRED, (byte*)credentials, &length) == 0
                ? (credentials[0], (uint)credentials[1])
                : (0, uint.MaxValue);
        }
    }

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
    /// Ends the connection as <see cref="Abort()"/> does, after a few
    /// last bytes if there is room for them. Any thread may call this.
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

    /// <summary>Ends the connection during a wait, as if the client had gone. Any thread may call this.</summary>
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
    /// Closes without ever resetting the connection. When a Unix socket is closed with unread input, the client's next read
    /// fails, even when the reply is waiting for it (Cyrus SASL sends one byte more than it announces). After the shutdown
    /// nothing more can arrive, so the input drained here is complete, and no more than a socket buffer holds.
    /// </summary>
    public void Dispose() => Close(drain: true);

    /// <summary>
    /// Closes with one system call instead of three, and wakes the client once. Use it only for a client that has certainly sent
    /// everything, because unread input resets the connection.
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

    /// <summary>Receives bytes that have arrived: their number, 0 at the end, -1 when nothing is there yet.</summary>
    public unsafe int TryReceive(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint received = (nint)LibC.recv(descriptor, start, buffer.Length, LibC.MSG_DONTWAIT);
            if (EventLoop.Current == events)
            {
                FreshStamp.RequestsArrive();
            }

            return received >= 0 ? (int)received : Marshal.GetLastPInvokeError() == LibC.EAGAIN ? -1 : 0;
        }
    }

    /// <summary>The number of bytes sent, 0 when there is no room; -1 when the client is gone.</summary>
    private unsafe int TrySend(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            nint sent = (nint)LibC.send(descriptor, start, bytes.Length, LibC.MSG_DONTWAIT | LibC.MSG_NOSIGNAL);
            return sent >= 0 ? (int)sent : Marshal.GetLastPInvokeError() == LibC.EAGAIN ? 0 : -1;
        }
    }
}
