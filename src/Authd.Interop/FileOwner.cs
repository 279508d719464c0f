// Who owns a file, and who may use it.
namespace Authd.Interop;

/// <summary>Owner, group and permission bits of a file.</summary>
/// <param name="Uid">Owner.</param>
/// <param name="Gid">Group.</param>
/// <param name="Mode">Permission bits.</param>
public readonly record struct FileOwner(uint Uid, uint Gid, UnixFileMode Mode)
{
    private const int PermissionBits = 0xFFF;

    /// <summary>Those of a file or directory (of what a symbolic link names), or <c>null</c> when there is none that can
    /// be reached.</summary>
    public static unsafe FileOwner? Of(string path)
    {
        Libc.Statx found;
        fixed (byte* name = FileStamp.Name(path))
        {
            int result = Libc.statx(Libc.AT_FDCWD, name, 0, Libc.STATX_MODE | Libc.STATX_UID | Libc.STATX_GID, &found);
            return result == 0 ? new FileOwner(found.Uid, found.Gid, (UnixFileMode)(found.Mode & PermissionBits)) : null;
        }
    }
}
