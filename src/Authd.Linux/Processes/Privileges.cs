using System.Globalization;
using Authd.Linux.Native;
using Tmds.Linux;

namespace Authd.Linux.Processes;

/// <summary>Gives up root for a user and a group given by name or
/// number, for the whole process (glibc changes all threads).</summary>
public static unsafe class Privileges
{
    // Offsets in struct passwd and struct group of a 64-bit Linux (pwd.h, grp.h).
    private const int PasswdUid = 16;
    private const int PasswdGid = 20;
    private const int GroupGid = 16;

    /// <summary>The user and the group to become.</summary>
    /// <param name="Uid">User id; <c>null</c>: stay.</param>
    /// <param name="Gid">Group id; <c>null</c>: stay.</param>
    public sealed record Identity(uint? Uid, uint? Gid);

    /// <summary>Looks the names up. A user given by name brings its group along unless one is given.</summary>
    /// <param name="user">Name or number; empty: stay.</param>
    /// <param name="group">Name or number; empty: the user's, or stay.</param>
    /// <exception cref="IOException">The user or group does not exist.</exception>
    public static Identity Find(string user, string group)
    {
        uint? uid = null;
        uint? gid = null;
        if (user.Length > 0 && !TryNumber(user, out uid))
        {
            byte* entry = Libc.getpwnam(user);
            if (entry is null)
            {
                throw new IOException($"User not found: {user}");
            }

            (uid, gid) = (*(uint*)(entry + PasswdUid), *(uint*)(entry + PasswdGid));
        }

        if (group.Length > 0 && !TryNumber(group, out gid))
        {
            byte* entry = Libc.getgrnam(group);
            gid = entry is not null ? *(uint*)(entry + GroupGid) : throw new IOException($"Group not found: {group}");
        }

        return new Identity(uid, gid);
    }

    /// <summary>Becomes <paramref name="identity"/>, without supplementary groups.</summary>
    /// <exception cref="LibcException">Not permitted.</exception>
    public static void Become(Identity identity)
    {
        if (identity.Gid is { } gid)
        {
            Check(LibC.setgroups(0, null), "setgroups");
            Check(LibC.setgid(gid), "setgid");
        }

        if (identity.Uid is { } uid)
        {
            Check(LibC.setuid(uid), "setuid");
        }
    }

    private static bool TryNumber(string text, out uint? number)
    {
        number = uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint value) ? value : null;
        return number is not null;
    }

    private static void Check(int result, string call)
    {
        if (result != 0)
        {
            throw LibcException.Last(call);
        }
    }
}
