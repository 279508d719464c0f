using System.Runtime.InteropServices;
using Authd.Linux.Native;
using Tmds.Linux;

namespace Authd.Linux.Files;

/// <summary>Operations on bare descriptor numbers.</summary>
public static unsafe class Descriptors
{
    /// <summary>stdin.</summary>
    public const int Stdin = 0;

    /// <summary>stdout.</summary>
    public const int Stdout = 1;

    /// <summary>stderr.</summary>
    public const int Stderr = 2;

    /// <summary>
    /// Whether this process was started with the descriptor open. If not, another file may have its number by now: .NET opens
    /// /dev/urandom first of all. Everything opened here is closed on exec, and nothing inherited is.
    /// </summary>
    public static bool WasInherited(int descriptor) =>
        LibC.fcntl(descriptor, LibC.F_GETFD, 0) is >= 0 and var flags && (flags & LibC.FD_CLOEXEC) == 0;

    /// <summary>Opens /dev/null for each of stdin, stdout and stderr that is closed, so that no file or socket opened later gets
    /// its number and its data.</summary>
    public static void FillStandardStreams()
    {
        int descriptor;
        do
        {
            descriptor = Descriptors.Open("/dev/null", LibC.O_RDWR | LibC.O_CLOEXEC);
        }
        while (descriptor is >= 0 and <= Stderr);

        if (descriptor >= 0)
        {
            Close(descriptor);
        }
    }

    /// <summary>A connected pair of Unix stream sockets, closed on exec.</summary>
    public static (int Ours, int Theirs) SocketPair()
    {
        int* ends = stackalloc int[2];
        return LibC.socketpair(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0, ends) == 0
            ? (ends[0], ends[1])
            : throw LibcException.Last("socketpair");
    }

    /// <summary>A pipe, closed on exec.</summary>
    public static (int Read, int Write) Pipe()
    {
        int* ends = stackalloc int[2];
        return LibC.pipe2(ends, LibC.O_CLOEXEC) == 0 ? (ends[0], ends[1]) : throw LibcException.Last("pipe");
    }

    /// <summary>Makes <paramref name="to"/> a copy of <paramref name="from"/> that children inherit.</summary>
    public static void Replace(int to, int from)
    {
        if (LibC.dup2(from, to) < 0)
        {
            throw LibcException.Last("dup2");
        }
    }

    /// <summary>Limits how long one read or write on a socket may block.</summary>
    public static void LimitWaits(int descriptor, TimeSpan limit)
    {
        LimitWaits(descriptor, LibC.SO_RCVTIMEO, limit);
        LimitWaits(descriptor, LibC.SO_SNDTIMEO, limit);
    }

    /// <summary>Limits how long a read (SO_RCVTIMEO) or a write (SO_SNDTIMEO) may block.</summary>
    internal static void LimitWaits(int descriptor, int option, TimeSpan limit)
    {
        Libc.Timeval time = new(limit);
        if (LibC.setsockopt(descriptor, LibC.SOL_SOCKET, option, &time, sizeof(Libc.Timeval)) != 0)
        {
            throw LibcException.Last("setsockopt");
        }
    }

    /// <summary>Makes writes lose data instead of waiting for room. This holds for all processes with this end open.</summary>
    public static void MakeNonBlocking(int descriptor)
    {
        if (LibC.fcntl(descriptor, LibC.F_SETFL, LibC.O_NONBLOCK) < 0)
        {
            throw LibcException.Last("fcntl(F_SETFL)");
        }
    }

    /// <summary>Blocks until the other side of a socket has closed it.</summary>
    public static void WaitForHangUp(int socket)
    {
        // poll always reports POLLHUP and POLLERR.
        pollfd wait = new() { fd = socket, events = LibC.POLLRDHUP };
        while (Libc.poll(&wait, 1, -1) < 0 && Marshal.GetLastPInvokeError() == LibC.EINTR)
        {
        }
    }

    /// <summary>A copy with a number of its own, closed on exec.</summary>
    public static int Copy(int descriptor)
    {
        int copy = LibC.fcntl(descriptor, LibC.F_DUPFD_CLOEXEC, 3);
        return copy >= 0 ? copy : throw LibcException.Last("fcntl(F_DUPFD_CLOEXEC)");
    }

    /// <summary>open(2), by a path as text; -1 with errno when it fails.</summary>
    internal static int Open(string path, int flags, uint mode = 0)
    {
        fixed (byte* name = FileStamp.Name(path))
        {
            return LibC.open(name, flags, (mode_t)mode);
        }
    }

    /// <summary>Closes. A failure is ignored: it cannot be remedied, and the number is free in any case.</summary>
    public static void Close(int descriptor) => _ = LibC.close(descriptor);

    /// <summary>Whether a read would return at once: with data, or because the other end is closed.</summary>
    public static bool HasInput(int descriptor)
    {
        pollfd poll = new() { fd = descriptor, events = LibC.POLLIN };
        return Libc.poll(&poll, 1, 0) != 0;
    }

    /// <summary>Reads the available bytes, at least one; 0 at the end of input.</summary>
    /// <exception cref="LibcException">The descriptor cannot be read.</exception>
    public static int Read(int descriptor, Span<byte> buffer)
    {
        nint count;
        fixed (byte* start = buffer)
        {
            do
            {
                count = (nint)LibC.read(descriptor, start, buffer.Length);
            }
            while (count < 0 && Marshal.GetLastPInvokeError() == LibC.EINTR);
        }

        return count >= 0 ? (int)count : throw LibcException.Last("read");
    }

    /// <summary>Lets this process end silently when it writes to a pipe without a reader, as writers to <c>head</c> do. .NET
    /// ignores the signal otherwise.</summary>
    public static void EndOnBrokenPipe() => Libc.signal(LibC.SIGPIPE, (nint)LibC.SIG_DFL);

    /// <summary>Writes all bytes, in one call where the kernel allows it, and waits for room even where another process has made
    /// the descriptor non-blocking.</summary>
    /// <returns>The number of bytes written: fewer when the reader is gone or a disk is full.</returns>
    public static int WriteWaiting(int descriptor, ReadOnlySpan<byte> bytes)
    {
        int done = 0;
        while (done < bytes.Length)
        {
            nint written;
            fixed (byte* start = bytes[done..])
            {
                written = (nint)LibC.write(descriptor, start, bytes.Length - done);
            }

            if (written >= 0)
            {
                done += (int)written;
                continue;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error == LibC.EAGAIN)
            {
                pollfd room = new() { fd = descriptor, events = LibC.POLLOUT };
                _ = Libc.poll(&room, 1, -1);
            }
            else if (error != LibC.EINTR)
            {
                break;
            }
        }

        return done;
    }

    /// <summary>Writes all bytes, in one call where the kernel allows it. False: the reader is gone.</summary>
    public static bool Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            nint written;
            fixed (byte* start = bytes)
            {
                written = (nint)LibC.write(descriptor, start, bytes.Length);
            }

            if (written < 0 && Marshal.GetLastPInvokeError() != LibC.EINTR)
            {
                return false;
            }

            bytes = bytes[(int)Math.Max(written, 0)..];
        }

        return true;
    }
}
