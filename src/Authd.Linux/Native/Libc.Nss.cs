// The C library's name service: <pwd.h>, <grp.h> and <shadow.h>.
using System.Runtime.InteropServices;

namespace Authd.Linux.Native;

internal static partial class Libc
{
    internal const int ENOENT = 2;
    internal const int ERANGE = 34;

    /// <summary>struct passwd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct Passwd
    {
        internal byte* Name;
        internal byte* Password;
        internal uint Uid;
        internal uint Gid;
        internal byte* Gecos;
        internal byte* Directory;
        internal byte* Shell;
    }

    /// <summary>struct spwd; day numbers count from 1970-01-01, -1 stands for an empty field.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct Spwd
    {
        internal byte* Name;
        internal byte* Password;
        internal CLong LastChange;
        internal CLong Minimum;
        internal CLong Maximum;
        internal CLong Warning;
        internal CLong Inactivity;
        internal CLong Expiry;
        internal CULong Flag;
    }

    /// <summary>struct group.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct Group
    {
        internal byte* Name;
        internal byte* Password;
        internal uint Gid;
        internal byte** Members;
    }

    // These return the error number instead of setting errno.
    [LibraryImport(Library)]
    internal static unsafe partial int getgrnam_r(byte* name, Group* entry, byte* text, nuint size, Group** found);

    [LibraryImport(Library)]
    internal static unsafe partial int getgrgid_r(uint gid, Group* entry, byte* text, nuint size, Group** found);

    [LibraryImport(Library)]
    internal static unsafe partial int getpwnam_r(byte* name, Passwd* entry, byte* text, nuint size, Passwd** found);

    [LibraryImport(Library)]
    internal static unsafe partial int getpwuid_r(uint uid, Passwd* entry, byte* text, nuint size, Passwd** found);

    [LibraryImport(Library)]
    internal static unsafe partial int getgrouplist(byte* name, uint group, uint* groups, int* count);

    [LibraryImport(Library)]
    internal static unsafe partial int getspnam_r(byte* name, Spwd* entry, byte* text, nuint size, Spwd** found);

    [LibraryImport(Library)]
    internal static unsafe partial int getpwent_r(Passwd* entry, byte* text, nuint size, Passwd** found);

    [LibraryImport(Library)]
    internal static partial void endpwent();
}
