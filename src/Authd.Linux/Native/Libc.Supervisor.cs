// The C library functions for the supervisor: signals as a descriptor, changes of a directory, limits.
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Authd.Linux.Native;

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

    internal const int RLIMIT_CORE = 4;
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

    internal const int PR_SET_DUMPABLE = 4;
    internal const int PR_SET_NO_NEW_PRIVS = 38;
    internal const nint SECCOMP_SET_MODE_FILTER = 1;
    internal const nint SECCOMP_FILTER_FLAG_TSYNC = 1;
    internal const nint SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4;

    /// <summary>struct sock_filter: one instruction.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SockFilter(ushort code, uint operand, byte jumpTrue = 0, byte jumpFalse = 0)
    {
        internal ushort Code = code;
        internal byte JumpTrue = jumpTrue;
        internal byte JumpFalse = jumpFalse;
        internal uint Operand = operand;
    }

    /// <summary>struct sock_fprog.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct SockFprog
    {
        internal ushort Length;
        internal SockFilter* Filter;
    }

    // Variadic in C; arguments that need no more than a register are passed as in a plain call on Linux' ABIs.
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int prctl(int option, nuint second, nuint third, nuint fourth, nuint fifth);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint syscall3(nint number, nint first, nint second, nint third);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int setrlimit(int resource, Rlimit* limit);

    [LibraryImport(Library)]
    internal static unsafe partial int pthread_sigmask(int how, sigset_t* set, sigset_t* old);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int signalfd(int descriptor, sigset_t* set, int flags);

    [LibraryImport(Library)]
    internal static unsafe partial int sigaddset(sigset_t* set, int number);

    [LibraryImport(Library)]
    internal static unsafe partial int sigismember(sigset_t* set, int number);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial nint getrandom(void* buffer, nint length, uint flags);

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

    // Both set the calling thread's value, cannot fail, and return the previous value.
    [LibraryImport(Library)]
    internal static partial uint setfsuid(uint uid);

    [LibraryImport(Library)]
    internal static partial uint setfsgid(uint gid);

    [LibraryImport(Library)]
    internal static partial uint geteuid();
}
