// Messages with descriptors between the daemon's own processes: Unix sockets of type SOCK_SEQPACKET.
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Authd.Linux.Files;
using Authd.Linux.Native;
using Tmds.Linux;

namespace Authd.Linux.Sockets;

/// <summary>The outcome of <see cref="MessageSocket.Receive"/>.</summary>
public enum Reception
{
    /// <summary>No message has arrived.</summary>
    Nothing,

    /// <summary>A whole message.</summary>
    Message,

    /// <summary>A message that was too long for the buffer, or came with too many descriptors; all of it is dropped.</summary>
    Oversized,

    /// <summary>The other end is closed.</summary>
    End,
}

/// <summary>
/// One end of a connection that keeps messages apart: each is received whole or not at all, so the reader cannot get out of step.
/// .NET's sockets cannot pass descriptors. Only the methods named Wait block.
/// </summary>
/// <param name="descriptor">The socket; this object closes it.</param>
public sealed class MessageSocket(int descriptor) : IDisposable
{
    /// <summary>The longest message, bytes.</summary>
    public const int MaxMessage = 1 << 16;

    /// <summary>The most descriptors that come with one message.</summary>
    public const int MaxDescriptors = 2;

    // struct cmsghdr of a 64-bit Linux: length, level, type, and the data behind it, 8 bytes for two descriptors.
    private const int HeaderSize = 16;
    private const int ControlSize = HeaderSize + (MaxDescriptors * sizeof(int));

    private int _descriptor = descriptor;

    /// <summary>The socket, for <see cref="DescriptorWait"/>; -1 when it is closed.</summary>
    public int Descriptor => _descriptor;

    /// <summary>A connected pair, closed on exec. The second end is a bare descriptor, for another process.</summary>
    /// <exception cref="LibcException">No descriptors left.</exception>
    public static unsafe (MessageSocket Ours, int Theirs) Pair()
    {
        int* ends = stackalloc int[2];
        return LibC.socketpair(LibC.AF_UNIX, LibC.SOCK_SEQPACKET | LibC.SOCK_CLOEXEC, 0, ends) == 0
            ? (new MessageSocket(ends[0]), ends[1])
            : throw LibcException.Last("socketpair");
    }

    /// <summary>Hands the descriptor to the caller; this object counts as closed.</summary>
    public int Detach()
    {
        int detached = _descriptor;
        _descriptor = -1;
        return detached;
    }

    /// <summary>Sends one message, and copies of descriptors with it.</summary>
    /// <returns>0, or the errno: EAGAIN without room, EPIPE when the other end is closed.</returns>
    public unsafe int Send(ReadOnlySpan<byte> message, params ReadOnlySpan<int> descriptors)
    {
        byte* control = stackalloc byte[ControlSize];
        fixed (byte* bytes = message)
        {
            Libc.Iovec part = new() { Base = bytes, Length = message.Length };
            Libc.Msghdr header = new() { Parts = &part, PartCount = 1 };
            if (descriptors.Length > 0)
            {
                int length = HeaderSize + (descriptors.Length * sizeof(int));
                *(long*)control = length;
                *(int*)(control + 8) = LibC.SOL_SOCKET;
                *(int*)(control + 12) = LibC.SCM_RIGHTS;
                descriptors.CopyTo(new Span<int>(control + HeaderSize, MaxDescriptors));
                header.Control = control;
                header.ControlLength = (length + 7) & ~7;
            }

            return Libc.sendmsg(_descriptor, &header, LibC.MSG_DONTWAIT | LibC.MSG_NOSIGNAL) >= 0
                ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Receives one message.</summary>
    /// <param name="buffer">Room for the message; one that does not fit is dropped as a whole.</param>
    /// <param name="length">The message's length.</param>
    /// <param name="descriptors">The descriptors that came with it, closed on exec. The caller closes them.</param>
    public unsafe Reception Receive(Span<byte> buffer, out int length, out int[] descriptors)
    {
        byte* control = stackalloc byte[ControlSize];
        length = 0;
        descriptors = [];
        Libc.Msghdr header;
        nint received;
        fixed (byte* bytes = buffer)
        {
            Libc.Iovec part = new() { Base = bytes, Length = buffer.Length };
            header = new() { Parts = &part, PartCount = 1, Control = control, ControlLength = ControlSize };
            received = Libc.recvmsg(_descriptor, &header, LibC.MSG_DONTWAIT | Libc.MSG_CMSG_CLOEXEC);
        }

        if (received < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            return errno == LibC.EAGAIN || errno == LibC.EINTR ? Reception.Nothing : Reception.End;
        }

        descriptors = Passed(control, header.ControlLength);
        if ((header.Flags & (LibC.MSG_TRUNC | LibC.MSG_CTRUNC)) != 0)
        {
            Array.ForEach(descriptors, Descriptors.Close);
            descriptors = [];
            return Reception.Oversized;
        }

        length = (int)received;
        return received == 0 && descriptors.Length == 0 ? Reception.End : Reception.Message;
    }

    /// <summary>Shuts the sending side down.</summary>
    public void Finish() => _ = LibC.shutdown(_descriptor, LibC.SHUT_WR);

    /// <summary>Receives the next message without blocking a thread. Afterwards this end can only be closed.</summary>
    /// <exception cref="IOException">The other end is closed, or the socket broken.</exception>
    /// <exception cref="OperationCanceledException">Cancelled: the other end sees this one close.</exception>
    public async Task<byte[]> ReadAnswerAsync(CancellationToken cancel)
    {
        using Socket socket = new(new SafeSocketHandle(Detach(), ownsHandle: true));
        byte[] buffer = new byte[MaxMessage];
        try
        {
            int length = await socket.ReceiveAsync(buffer, cancel);
            return length > 0 ? buffer[..length] : throw new IOException("the broker has closed the connection without an answer");
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>Waits until a message, or the end, can be received.</summary>
    /// <returns>False: the time is over.</returns>
    public bool Wait(TimeSpan patience) => Poll(LibC.POLLIN, patience);

    /// <summary>Waits until a message can be sent.</summary>
    /// <returns>False: the time is over.</returns>
    public bool WaitForRoom(TimeSpan patience) => Poll(LibC.POLLOUT, patience);

    /// <inheritdoc/>
    public void Dispose()
    {
        int closed = Interlocked.Exchange(ref _descriptor, -1);
        if (closed >= 0)
        {
            Descriptors.Close(closed);
        }
    }

    private unsafe bool Poll(short events, TimeSpan patience)
    {
        long until = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        pollfd wait = new() { fd = _descriptor, events = events };
        int result;
        do
        {
            result = Libc.poll(&wait, 1, (int)Math.Max(0, until - Environment.TickCount64));
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == LibC.EINTR);
        return result > 0;
    }

    private static unsafe int[] Passed(byte* control, nint length) =>
        length >= HeaderSize + sizeof(int) && *(int*)(control + 8) == LibC.SOL_SOCKET && *(int*)(control + 12) == LibC.SCM_RIGHTS
            ? new ReadOnlySpan<int>(control + HeaderSize, (int)(*(long*)control - HeaderSize) / sizeof(int)).ToArray()
            : [];
}
