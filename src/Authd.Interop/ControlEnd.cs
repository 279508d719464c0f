// The supervisor's end of the channel to a worker: nothing that is done with it ever waits.
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Authd.Interop;

/// <summary>A stream socket whose output is kept until there is room, so that a worker that does not read holds nobody up.</summary>
/// <param name="descriptor">Is taken over.</param>
public sealed unsafe class ControlEnd(int descriptor) : IDisposable
{
    private readonly Queue<ReadOnlyMemory<byte>> _waiting = [];
    private bool _closed;

    /// <summary>The socket, for <see cref="DescriptorWait"/>.</summary>
    public int Descriptor => descriptor;

    /// <summary>Something waits for room: call <see cref="Flush"/> when there is some.</summary>
    public bool HasWaiting => _waiting.Count > 0;

    /// <summary>Sends now what fits and keeps the rest; to an end that is closed nothing is sent.</summary>
    public void Send(ReadOnlyMemory<byte> bytes)
    {
        if (!_closed)
        {
            _waiting.Enqueue(bytes);
            Flush();
        }
    }

    /// <summary>Sends what fits.</summary>
    public void Flush()
    {
        while (_waiting.TryPeek(out ReadOnlyMemory<byte> next))
        {
            nint sent;
            fixed (byte* start = next.Span)
            {
                sent = (nint)LibC.send(descriptor, start, next.Length, LibC.MSG_DONTWAIT | LibC.MSG_NOSIGNAL);
            }

            if (sent < 0)
            {
                if (Marshal.GetLastPInvokeError() != LibC.EAGAIN)
                {
                    _waiting.Clear(); // It has ended; the end of the channel tells.
                }

                return;
            }

            ReadOnlyMemory<byte> rest = next[(int)sent..];
            _ = _waiting.Dequeue();
            if (!rest.IsEmpty)
            {
                ReadOnlyMemory<byte>[] later = [.. _waiting];
                _waiting.Clear();
                _waiting.Enqueue(rest);
                Array.ForEach(later, _waiting.Enqueue);
                return;
            }
        }
    }

    /// <summary>Receives what is there: 0 at the end of the channel, -1 when there is nothing now.</summary>
    public int Receive(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint received = (nint)LibC.recv(descriptor, start, buffer.Length, LibC.MSG_DONTWAIT);
            if (received >= 0)
            {
                return (int)received;
            }

            // A reset is an end like any other: the worker was killed before it had read what we wrote.
            int errno = Marshal.GetLastPInvokeError();
            return errno == LibC.EAGAIN || errno == LibC.EINTR ? -1 : 0;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_closed)
        {
            _closed = true;
            _waiting.Clear();
            Descriptors.Close(descriptor);
        }
    }
}
