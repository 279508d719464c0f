// Functions of the C library (glibc, Linux) without a counterpart in .NET, declared with their C names.
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Authd.Linux.Native;

/// <summary>Declarations only; the classes in the other folders wrap them.</summary>
internal static partial class Libc
{
    private const string Library = "libc";

    internal const int LOCK_EX = 2;
    internal const int LOCK_NB = 4;

    internal const int PRIO_PROCESS = 0;

    // Newer system calls have the same number on all architectures.
    internal const nint SYS_openat2 = 437;
    internal const ulong RESOLVE_NO_SYMLINKS = 0x04; // which includes the magic ones of /proc

    internal const int WNOHANG = 1;

    internal const int MSG_CMSG_CLOEXEC = 0x40000000;

    internal const short POSIX_SPAWN_SETSIGDEF = 0x04;
    internal const short POSIX_SPAWN_SETSIGMASK = 0x08;
    internal const short POSIX_SPAWN_SETSID = 0x80;

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

    /// <summary>struct open_how.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct OpenHow
    {
        internal ulong Flags;
        internal ulong Mode;
        internal ulong Resolve;
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

    // Not LibC's: its poll does not keep errno, so that EINTR could not be told from a failure.
    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int poll(pollfd* descriptors, nuint count, int milliseconds);

    // Not LibC's: it has no sendmsg for glibc's struct msghdr, whose counts are size_t.
    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial nint sendmsg(int descriptor, Msghdr* message, int flags);

    // The same for recvmsg.
    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial nint recvmsg(int descriptor, Msghdr* message, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int flock(int descriptor, int operation);

    // glibc has no openat2 before 2.42. Variadic in C, but integers and pointers are passed as in a plain call on Linux' ABIs.
    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial nint syscall(nint number, nint directory, byte* path, OpenHow* how, nint size);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int renameat(int oldDirectory, byte* oldName, int newDirectory, byte* newName);

    // close and the functions without a possible failure are declared void: there is nothing to do about a result.
    [LibraryImport(Library)]
    internal static partial void signal(int number, nint handler);

    [LibraryImport(Library)]
    internal static partial int getpriority(int which, uint who);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setpriority(int which, uint who, int niceness);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int waitpid(int pid, out int status, int options);

    // The result is glibc's own storage: valid until the next call.
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial byte* getpwnam(string name);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial byte* getgrnam(string name);

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
    internal static unsafe partial int posix_spawnattr_setsigdefault(byte* attributes, sigset_t* signals);

    [LibraryImport(Library)]
    internal static unsafe partial int posix_spawnattr_setsigmask(byte* attributes, sigset_t* signals);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial int inet_pton(int family, string text, byte* address);

    [LibraryImport(Library)]
    internal static unsafe partial byte* inet_ntop(int family, byte* address, byte* text, uint size);

}
