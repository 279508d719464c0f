// The supervisor's own needs of the C library: signals as a descriptor, changes of a directory, limits.
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Authd.Interop;

/// <summary>Declarations that Tmds.LibC lacks.</summary>
internal static partial class Libc
{
    internal const int SIG_BLOCK = 0;
    internal const nint SIG_IGN = 1;
    internal const int SIGPIPE = 13;

    internal const int SFD_NONBLOCK = 0x800;
    internal const int SFD_CLOEXEC = 0x80000;

    internal const int IN_NONBLOCK = 0x800;
    internal const int IN_CLOEXEC = 0x80000;
    internal const uint IN_ATTRIB = 0x4;
    internal const uint IN_MOVED_FROM = 0x40;
    internal const uint IN_MOVED_TO = 0x80;
    internal const uint IN_CREATE = 0x100;
    internal const uint IN_DELETE = 0x200;
    internal const uint IN_DELETE_SELF = 0x400;
    internal const uint IN_MOVE_SELF = 0x800;

    internal const int RLIMIT_NPROC = 6;
    internal const int RLIMIT_NOFILE = 7;
    internal const int RLIMIT_AS = 9;

    /// <summary>struct rlimit of a 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Rlimit
    {
        internal ulong Soft;
        internal ulong Hard;
    }

    [LibraryImport(Library)]
    internal static unsafe partial int pthread_sigmask(int how, sigset_t* set, sigset_t* old);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int signalfd(int descriptor, sigset_t* set, int flags);

    [LibraryImport(Library)]
    internal static unsafe partial int sigaddset(sigset_t* set, int number);

    [LibraryImport(Library)]
    internal static unsafe partial int sigismember(sigset_t* set, int number);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int execv(byte* path, byte** arguments);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int inotify_init1(int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int inotify_add_watch(int descriptor, byte* path, uint events);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int getrlimit(int resource, out Rlimit limit);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fchmod(int descriptor, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fchown(int descriptor, uint uid, uint gid);

    [LibraryImport(Library)]
    internal static partial uint geteuid();
}
