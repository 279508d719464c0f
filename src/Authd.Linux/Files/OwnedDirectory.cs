using Authd.Linux.Native;
using Tmds.Linux;

namespace Authd.Linux.Files;

/// <summary>Creates a directory for another user. Owner and mode are set by descriptor, because between two calls by name another
/// user could plant a link.</summary>
public static unsafe class OwnedDirectory
{
    private const uint Private = 0x1C0; // 0700

    /// <summary>Creates the directory.</summary>
    /// <param name="path">Its path; the parent directory exists.</param>
    /// <param name="owner">Its owner and mode.</param>
    /// <exception cref="LibcException">It cannot be created, or was replaced meanwhile.</exception>
    public static void Make(string path, FileOwner owner)
    {
        fixed (byte* name = FileStamp.Name(path))
        {
            if (LibC.mkdir(name, (mode_t)Private) != 0)
            {
                throw LibcException.Last(path);
            }
        }

        int descriptor = Descriptors.Open(path, LibC.O_RDONLY | LibC.O_DIRECTORY | LibC.O_NOFOLLOW | LibC.O_CLOEXEC);
        if (descriptor < 0)
        {
            throw LibcException.Last(path);
        }

        try
        {
            Give(descriptor, path, owner);
        }
        finally
        {
            Descriptors.Close(descriptor);
        }
    }

    private static void Give(int descriptor, string path, FileOwner owner)
    {
        statx found;
        byte* empty = stackalloc byte[1];
        *empty = 0;
        if (LibC.statx(descriptor, empty, LibC.AT_EMPTY_PATH, LibC.STATX_UID, &found) != 0)
        {
            throw LibcException.Last(path);
        }

        uint self = Libc.geteuid();
        if (found.stx_uid != self)
        {
            throw new LibcException($"{path}: another user has put a directory there");
        }

        if ((owner.Uid != self && Libc.fchown(descriptor, owner.Uid, owner.Gid) != 0)
            || (owner.Uid == self && Libc.fchown(descriptor, uint.MaxValue, owner.Gid) != 0)
            || Libc.fchmod(descriptor, (uint)owner.Mode) != 0)
        {
            throw LibcException.Last(path);
        }
    }
}
