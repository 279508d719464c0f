// The C library's functions that .NET has no counterpart for, declared with their C names (glibc, Linux).
using System.Runtime.InteropServices;

namespace Authd.Interop;

/// <summary>Declarations only: the classes beside this one give them a managed face.</summary>
internal static partial class Libc
{
    private const string Library = "libc";

    internal const int EINTR = 4;
    internal const int EAGAIN = 11;
    internal const int EACCES = 13;
    internal const int ECONNABORTED = 103;

    internal const int O_RDONLY = 0;
    internal const int O_RDWR = 2;
    internal const int O_CREAT = 0x40;
    internal const int O_NONBLOCK = 0x800;
    internal const int O_CLOEXEC = 0x80000;

    internal const int LOCK_EX = 2;
    internal const int LOCK_NB = 4;

    internal const int F_DUPFD_CLOEXEC = 1030;
    internal const int F_GETFD = 1;
    internal const int F_SETFL = 4;
    internal const int F_GETLK = 5;
    internal const int F_SETLK = 6;
    internal const int F_SETLKW = 7;
    internal const int FD_CLOEXEC = 1;
    internal const short F_WRLCK = 1;
    internal const short F_UNLCK = 2;

    internal const int AT_FDCWD = -100;
    internal const uint STATX_MODE = 0x2;
    internal const uint STATX_UID = 0x8;
    internal const uint STATX_GID = 0x10;
    internal const int W_OK = 2;
    internal const int EROFS = 30;
    internal const uint STATX_MTIME = 0x40;
    internal const uint STATX_INO = 0x100;
    internal const uint STATX_SIZE = 0x200;

    internal const int PRIO_PROCESS = 0;

    internal const int AF_UNIX = 1;
    internal const int AF_INET = 2;
    internal const int AF_INET6 = 10;
    internal const int SOCK_STREAM = 1;
    internal const int SOCK_DGRAM = 2;
    internal const int SOCK_CLOEXEC = 0x80000;

    internal const int SOCK_NONBLOCK = 0x800;
    internal const int MSG_DONTWAIT = 0x40;
    internal const int MSG_NOSIGNAL = 0x4000;
    internal const int SHUT_RDWR = 2;
    internal const int SOL_SOCKET = 1;
    internal const int SO_RCVTIMEO = 20;
    internal const int SO_SNDTIMEO = 21;
    internal const int SCM_RIGHTS = 1;

    internal const int EPOLL_CLOEXEC = 0x80000;
    internal const int EPOLL_CTL_ADD = 1;
    internal const int EPOLL_CTL_DEL = 2;
    internal const int EPOLL_CTL_MOD = 3;
    internal const uint EPOLLIN = 1;
    internal const uint EPOLLOUT = 4;
    internal const uint EPOLLONESHOT = 1u << 30;
    internal const uint EPOLLEXCLUSIVE = 1u << 28;

    internal const short POLLIN = 1;

    internal const int X_OK = 1;

    internal const int WNOHANG = 1;

    internal const int SIGKILL = 9;
    internal const int SIGPIPE = 13;
    internal const nint SIG_DFL = 0;

    internal const int RTLD_LAZY = 1;
    internal const int RTLD_GLOBAL = 0x100;

    internal const short POLLRDHUP = 0x2000;

    internal const int TCSAFLUSH = 2;
    internal const byte ECHO = 8;

    /// <summary>sizeof(struct termios), bytes.</summary>
    internal const int TermiosSize = 60;

    /// <summary>offsetof(struct termios, c_lflag).</summary>
    internal const int TermiosLocalFlags = 12;

    internal const short POSIX_SPAWN_SETSIGDEF = 0x04;
    internal const short POSIX_SPAWN_SETSIGMASK = 0x08;
    internal const short POSIX_SPAWN_SETSID = 0x80;

    /// <summary>struct statx, as far as it is used (offsets from linux/stat.h; the same on every architecture).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct Statx
    {
        [FieldOffset(0x14)]
        internal uint Uid;
        [FieldOffset(0x18)]
        internal uint Gid;
        [FieldOffset(0x1c)]
        internal ushort Mode;
        [FieldOffset(0x20)]
        internal ulong Inode;
        [FieldOffset(0x28)]
        internal ulong Size;
        [FieldOffset(0x70)]
        internal long MtimeSeconds;
        [FieldOffset(0x78)]
        internal uint MtimeNanoseconds;
    }

    /// <summary>struct flock of a 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Flock
    {
        internal short Type;
        internal short Whence;
        internal long Start;
        internal long Length;
        internal int Pid;
    }

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollFd
    {
        internal int Descriptor;
        internal short Events;
        internal short Happened;
    }

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int poll(ref PollFd descriptors, nuint count, int milliseconds);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int access(string path, int mode);

    /// <summary>struct timeval of a 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Timeval
    {
        internal long Seconds;
        internal long Microseconds;

        internal Timeval(TimeSpan time)
        {
            Seconds = (long)time.TotalSeconds;
            Microseconds = time.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond;
        }
    }

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct Iovec
    {
        internal byte* Base;
        internal nint Length;
    }

    /// <summary>struct msghdr of a 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct Msghdr
    {
        internal byte* Name;
        internal int NameLength;
        internal Iovec* Parts;
        internal nint PartCount;
        internal byte* Control;
        internal nint ControlLength;
        internal int Flags;
    }

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int open(string path, int flags, int mode);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int flock(int descriptor, int operation);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fsync(int descriptor);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fchown(SafeHandle file, uint uid, uint gid);

    // close and the functions without a possible failure are declared void: there is nothing to do about a result.
    [LibraryImport(Library)]
    internal static partial void close(int descriptor);

    [LibraryImport(Library)]
    internal static partial void signal(int number, nint handler);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial nint read(int descriptor, byte* bytes, nint count);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial nint write(int descriptor, byte* bytes, nint count);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fcntl(int descriptor, int command, int argument);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fcntl(int descriptor, int command, ref Flock argument);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int dup2(int from, int to);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int pipe2(int* ends, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int socketpair(int domain, int type, int protocol, int* ends);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int socket(int domain, int type, int protocol);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int setsockopt(int descriptor, int level, int option, void* value, int length);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial nint sendmsg(int descriptor, Msghdr* message, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int accept4(int descriptor, void* address, void* length, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial nint recv(int descriptor, byte* bytes, nint count, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial nint send(int descriptor, byte* bytes, nint count, int flags);

    [LibraryImport(Library)]
    internal static partial void shutdown(int descriptor, int how);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int epoll_create1(int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int epoll_ctl(int epoll, int operation, int descriptor, byte* epollEvent);

    [LibraryImport(Library)]
    internal static partial int usleep(uint microseconds);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int epoll_wait(int epoll, byte* events, int count, int milliseconds);

    [LibraryImport(Library)]
    internal static partial int getpriority(int which, uint who);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setpriority(int which, uint who, int niceness);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int kill(int pid, int signal);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int waitpid(int pid, out int status, int options);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint dlopen(string name, int flags);

    [LibraryImport(Library)]
    internal static partial void getresuid(out uint real, out uint effective, out uint saved);

    [LibraryImport(Library)]
    internal static partial void getresgid(out uint real, out uint effective, out uint saved);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setresuid(uint real, uint effective, uint saved);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setresgid(uint real, uint effective, uint saved);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setgroups(nint count, ref uint groups);

    [LibraryImport(Library)]
    internal static partial uint umask(uint mask);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int tcgetattr(int descriptor, [Out] byte[] settings);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int tcsetattr(int descriptor, int when, byte[] settings);

    // The result is glibc's own storage: valid until the next call.
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial byte* getpwnam(string name);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial byte* getgrnam(string name);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int setgroups(nint count, uint* groups);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setgid(uint id);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setuid(uint id);

    [LibraryImport(Library)]
    internal static unsafe partial void openlog(byte* ident, int option, int facility);

    // Variadic in C; with the format "%s" and one pointer the call is the same as a plain one on Linux' ABIs.
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial void syslog(int priority, string format, byte* text);

    [LibraryImport(Library)]
    internal static unsafe partial int posix_spawn(
        out int pid, byte* path, byte* fileActions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport(Library)]
    internal static unsafe partial int posix_spawn_file_actions_init(byte* actions);

    [LibraryImport(Library)]
    internal static unsafe partial void posix_spawn_file_actions_destroy(byte* actions);

    [LibraryImport(Library)]
    internal static unsafe partial int posix_spawn_file_actions_adddup2(byte* actions, int from, int to);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial int posix_spawn_file_actions_addopen(
        byte* actions, int descriptor, string path, int flags, int mode);

    [LibraryImport(Library)]
    internal static unsafe partial int posix_spawn_file_actions_addclosefrom_np(byte* actions, int from);

    [LibraryImport(Library)]
    internal static unsafe partial int posix_spawnattr_init(byte* attributes);

    [LibraryImport(Library)]
    internal static unsafe partial void posix_spawnattr_destroy(byte* attributes);

    [LibraryImport(Library)]
    internal static unsafe partial int posix_spawnattr_setflags(byte* attributes, short flags);

    [LibraryImport(Library)]
    internal static unsafe partial int posix_spawnattr_setsigdefault(byte* attributes, byte* signals);

    [LibraryImport(Library)]
    internal static unsafe partial int posix_spawnattr_setsigmask(byte* attributes, byte* signals);

    [LibraryImport(Library)]
    internal static unsafe partial void sigemptyset(byte* signals);

    [LibraryImport(Library)]
    internal static unsafe partial void sigfillset(byte* signals);

    [LibraryImport(Library)]
    internal static unsafe partial int statx(int directory, byte* path, int flags, uint mask, Statx* found);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial int inet_pton(int family, string text, byte* address);

    [LibraryImport(Library)]
    internal static unsafe partial byte* inet_ntop(int family, byte* address, byte* text, uint size);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int access(byte* path, int mode);
}
