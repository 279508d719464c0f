// A client's connection: tries every operation at once, and waits with .NET's sockets only when it must.
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Authd.Interop;

/// <summary>
/// An accepted, non-blocking stream socket. Nearly every client has sent its request before it is accepted and has room
/// for the reply, so the usual request needs no Socket object and no event: recv, send, close.
/// </summary>
public sealed class ClientSocket : IDisposable
{
    private const int DrainChunk = 4096;

    private readonly int _descriptor;
    private readonly Lock _closing = new();
    private Socket? _waiting;
    private bool _closed;

    /// <summary>Takes over <paramref name="descriptor"/>.</summary>
    public ClientSocket(int descriptor) => _descriptor = descriptor;

    /// <summary>Receives some bytes; 0 at the end of the client's input (an error of the connection is an end, too).</summary>
    public unsafe ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        nint received;
        fixed (byte* start = buffer.Span)
        {
            received = Libc.recv(_descriptor, start, buffer.Length, Libc.MSG_DONTWAIT);
        }

        return received >= 0 ? new((int)received)
            : Marshal.GetLastPInvokeError() == Libc.EAGAIN ? WaitAndReceiveAsync(buffer)
            : new(0);
    }

    /// <summary>Sends all bytes; false when the client is gone.</summary>
    public unsafe ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        nint sent;
        fixed (byte* start = bytes.Span)
        {
            sent = Libc.send(_descriptor, start, bytes.Length, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL);
        }

        return sent == bytes.Length ? new(true)
            : sent >= 0 || Marshal.GetLastPInvokeError() == Libc.EAGAIN ? WaitAndSendAsync(bytes[(int)Math.Max(sent, 0)..])
            : new(false);
    }

    /// <summary>Ends the connection under whoever waits for it: the wait ends as if the client had gone. Any thread may call it.</summary>
    public void Abort()
    {
        lock (_closing)
        {
            if (!_closed)
            {
                Libc.shutdown(_descriptor, Libc.SHUT_RDWR);
            }
        }
    }

    /// <summary>
    /// Closes without ever resetting the connection: a Unix socket that is closed with unread input makes the client's
    /// next read fail, even when the reply is waiting for it (Cyrus SASL sends one byte more than it announces).
    /// After the shutdown nothing more can arrive, so what is drained here is all, and no more than a socket buffer holds.
    /// </summary>
    public void Dispose()
    {
        lock (_closing)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            Libc.shutdown(_descriptor, Libc.SHUT_RDWR);
            Drain();
            if (_waiting is null)
            {
                Libc.close(_descriptor);
            }
            else
            {
                _waiting.Dispose();
            }
        }
    }

    private unsafe void Drain()
    {
        byte* rest = stackalloc byte[DrainChunk];
        while (Libc.recv(_descriptor, rest, DrainChunk, Libc.MSG_DONTWAIT) > 0)
        {
        }
    }

    private Socket Waiting => _waiting ??= new Socket(new SafeSocketHandle(_descriptor, ownsHandle: true));

    private async ValueTask<int> WaitAndReceiveAsync(Memory<byte> buffer)
    {
        try
        {
            return await Waiting.ReceiveAsync(buffer);
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    private async ValueTask<bool> WaitAndSendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await Waiting.SendAsync(bytes)..];
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
