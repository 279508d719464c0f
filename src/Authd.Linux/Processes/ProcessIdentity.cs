// Changes the user of processes that work for one user and then end.
using Authd.Linux.Native;
using Tmds.Linux;

namespace Authd.Linux.Processes;

/// <summary>setresuid(2), setresgid(2) and setgroups(2). All threads of the process change.</summary>
public static unsafe class ProcessIdentity
{
    /// <summary>This process is root.</summary>
    public static bool IsRoot => Uid == 0;

    /// <summary>The effective user id of this process.</summary>
    public static uint Uid => Libc.geteuid();

    /// <summary>Acts as a setuid-root program that <paramref name="uid"/> has
    /// started: the real ids are the user's, the effective uid is 0.</summary>
    /// <exception cref="LibcException">Not permitted.</exception>
    public static void ActFor(uint uid, uint gid) => Become(uid, gid, effectiveUid: 0);

    /// <summary>Becomes the user, without a way back.</summary>
    /// <exception cref="LibcException">Not permitted.</exception>
    public static void Become(uint uid, uint gid) => Become(uid, gid, uid);

    private static void Become(uint uid, uint gid, uint effectiveUid)
    {
        gid_t groups = gid;
        Check(LibC.setgroups(1, &groups), "setgroups");
        Check(LibC.setresgid(gid, gid, gid), "setresgid");
        Check(LibC.setresuid(uid, effectiveUid, effectiveUid), "setresuid");
    }

    private static void Check(int result, string what)
    {
        if (result != 0)
        {
            throw LibcException.Last(what);
        }
    }
}
