using System.Runtime.InteropServices;
using Authd.Linux.Files;
using Authd.Linux.Sockets;
using Tmds.Linux;

namespace Authd.Linux.Processes;

/// <summary>The supervisor's end of the channel to a worker. Output is kept until there is room, so that a worker which does not
/// read never holds up the supervisor.</summary>
/// <param name="descriptor">The socket; this object closes it.</param>
public sealed unsafe class ControlEnd(int descriptor) : IDisposable
{
    private readonly Queue<ReadOnlyMemory<byte>> _waiting = [];
    private bool _closed;

    /// <summary>The socket, for <see cref="DescriptorWait"/>.</summary>
    public int Descriptor => descriptor;

    /// <summary>Output waits for room: call <see cref="Flush"/> when there is some.</summary>
    public bool HasWaiting => _waiting.Count > 0;

    /// <summary>Sends as much as fits and keeps the rest; for a closed end the output is dropped.</summary>
    public void Send(ReadOnlyMemory<byte> bytes)
    {
        if (!_closed)
        {
            _waiting.Enqueue(bytes);
            Flush();
        }
    }

    /// <summary>Sends as much as fits.</summary>
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
                    _waiting.Clear(); // The worker has ended, which the end of the channel reports.
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

    /// <summary>Receives the available bytes: 0 at the end of the channel, -1 when none are there.</summary>
    public int Receive(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint received = (nint)LibC.recv(descriptor, start, buffer.Length, LibC.MSG_DONTWAIT);
            if (received >= 0)
            {
                return (int)received;
            }

            // A reset is an end like any other: the worker was killed before it had read our output.
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
