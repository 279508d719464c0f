// Gives up for good what a process of the daemon does not need: core files, root, new privileges, and some system calls.
using System.Runtime.InteropServices;
using Authd.Linux.Native;
using Tmds.Linux;

namespace Authd.Linux.Processes;

/// <summary>All methods act on every thread of the process.</summary>
public static unsafe class ProcessHardening
{
    /// <summary>
    /// Forbids core files, and hides the memory from other processes of the same user, because passwords pass through it. A limit
    /// that cannot be set here has been set by the administrator.
    /// </summary>
    public static void HideMemory()
    {
        // /proc/self/environ belongs to root from here on.
        _ = WireEnvironment.Own;
        ForbidCores();
        _ = Libc.prctl(Libc.PR_SET_DUMPABLE, 0, 0, 0, 0);
    }

    /// <summary>No core file of this process and its children.</summary>
    public static void ForbidCores()
    {
        Libc.Rlimit none = default;
        _ = Libc.setrlimit(Libc.RLIMIT_CORE, &none);
    }

    /// <summary>Becomes another user, without root's capabilities and without a way back.</summary>
    /// <param name="uid">User id; not root's.</param>
    /// <param name="gid">Group id.</param>
    /// <param name="groups">All groups.</param>
    /// <exception cref="LibcException">Not permitted. The process must end.</exception>
    public static void Become(uint uid, uint gid, IReadOnlyList<uint> groups)
    {
        gid_t[] all = [.. groups.Select(static group => (gid_t)group)];
        fixed (gid_t* first = all)
        {
            Check(LibC.setgroups(all.Length, first), "setgroups");
        }

        Check(LibC.setresgid(gid, gid, gid), "setresgid");
        Check(LibC.setresuid(uid, uid, uid), "setresuid");

        // The kernel has dropped the capabilities with the last uid of root. This checks that it has.
        if (LibC.setuid(0) == 0)
        {
            throw new LibcException("root could not be given up");
        }

        HideMemory();
    }

    /// <summary>
    /// Stops started programs from gaining privileges, and makes system calls that only attacks need fail with EPERM
    /// (<see cref="SystemCallFilter"/>).
    /// </summary>
    /// <param name="startsPrograms">The process runs programs of the administrator's, so execve stays allowed.</param>
    /// <returns>The reason why the filter could not be installed; <c>null</c>: it is installed.</returns>
    public static string? GiveUpSystemCalls(bool startsPrograms)
    {
        // prctl changes the calling thread; the filter extends it to all threads.
        return Libc.prctl(Libc.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
            ? Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())
            : SystemCallFilter.Install(startsPrograms);
    }

    private static void Check(int result, string call)
    {
        if (result != 0)
        {
            throw LibcException.Last(call);
        }
    }
}
