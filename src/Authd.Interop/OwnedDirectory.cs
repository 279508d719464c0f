// Makes a directory for another user without ever changing one that somebody else has put there.
using Tmds.Linux;

namespace Authd.Interop;

/// <summary>mkdir(2), and owner and mode by descriptor: between two calls by name another user could plant a link.</summary>
public static unsafe class OwnedDirectory
{
    private const uint Private = 0x1C0; // 0700

    /// <summary>Makes the directory.</summary>
    /// <param name="path">Where; its parent is there.</param>
    /// <param name="owner">Whose it shall be, and its mode.</param>
    /// <exception cref="LibcException">It cannot be made, or was replaced while it was.</exception>
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
            throw new LibcException($"{path}: somebody else has put another directory there");
        }

        if ((owner.Uid != self && Libc.fchown(descriptor, owner.Uid, owner.Gid) != 0)
            || (owner.Uid == self && Libc.fchown(descriptor, uint.MaxValue, owner.Gid) != 0)
            || Libc.fchmod(descriptor, (uint)owner.Mode) != 0)
        {
            throw LibcException.Last(path);
        }
    }
}
