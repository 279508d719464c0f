// The few libc calls of the load generator and the delaying proxy. Their own cost must stay small beside the daemon's, which
// .NET's socket objects would not allow.
using System.Runtime.InteropServices;

namespace Authd.Bench.Load;

/// <summary>libc, named as libc names it; constants are Linux's on x86-64 and arm64.</summary>
internal static unsafe partial class Libc
{
    internal const int AF_UNIX = 1;
    internal const int SOCK_STREAM_NONBLOCK_CLOEXEC = 1 | 0x800 | 0x80000;
    internal const int MSG_NOSIGNAL = 0x4000;
    internal const int EPOLL_CTL_ADD = 1;
    internal const int EPOLL_CLOEXEC = 0x80000;
    internal const uint EPOLLRDHUP = 0x2000;
    internal const uint EPOLLIN = 0x001;
    internal const short POLLIN = 1;

    [LibraryImport("libc")]
    internal static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc")]
    internal static partial int connect(int fd, byte* address, int length);

    [LibraryImport("libc")]
    internal static partial nint send(int fd, byte* data, nint length, int flags);

    [LibraryImport("libc")]
    internal static partial nint recv(int fd, byte* buffer, nint length, int flags);

    // Its result is useless: the descriptor is closed in any case.
    [LibraryImport("libc")]
    internal static partial void close(int fd);

    [LibraryImport("libc")]
    internal static partial int epoll_create1(int flags);

    [LibraryImport("libc")]
    internal static partial int epoll_ctl(int epoll, int operation, int fd, void* newEvent);

    [LibraryImport("libc")]
    internal static partial int epoll_wait(int epoll, void* events, int capacity, int timeoutMilliseconds);

    [LibraryImport("libc")]
    private static partial int ppoll(PollEntry* entries, nuint count, TimeSpec* timeout, void* signalMask);

    /// <summary>Waits for less than a second, with a finer resolution than .NET's milliseconds.</summary>
    internal static void Pause(TimeSpan time) => Poll([], time);

    /// <summary>ppoll for at most a time of less than a second; an interrupted wait leaves no entry marked.</summary>
    internal static void Poll(PollEntry[] entries, TimeSpan time)
    {
        TimeSpec timeout = new() { Nanoseconds = (long)time.TotalNanoseconds };
        fixed (PollEntry* pointer = entries)
        {
            _ = ppoll(pointer, (nuint)entries.Length, &timeout, null);
        }
    }

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollEntry
    {
        internal int Fd;
        internal short Events;
        internal short Returned;
    }

    /// <summary>struct timespec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TimeSpec
    {
        internal long Seconds;
        internal long Nanoseconds;
    }
}
