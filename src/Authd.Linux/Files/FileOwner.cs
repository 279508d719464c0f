using Tmds.Linux;

namespace Authd.Linux.Files;

/// <summary>Owner, group and permission bits of a file.</summary>
/// <param name="Uid">Owner.</param>
/// <param name="Gid">Group.</param>
/// <param name="Mode">Permission bits.</param>
public readonly record struct FileOwner(uint Uid, uint Gid, UnixFileMode Mode)
{
    private const int PermissionBits = 0xFFF;

    /// <summary>Owner and mode of a file or directory (of a symbolic link, of its target); <c>null</c> when it does not exist or
    /// cannot be reached.</summary>
    public static unsafe FileOwner? Of(string path)
    {
        statx found;
        fixed (byte* name = FileStamp.Name(path))
        {
            int result = LibC.statx(LibC.AT_FDCWD, name, 0, LibC.STATX_MODE | LibC.STATX_UID | LibC.STATX_GID, &found);
            return result == 0 ? new FileOwner(found.stx_uid, found.stx_gid, (UnixFileMode)(found.stx_mode & PermissionBits)) : null;
        }
    }
}
