using Tmds.Linux;

namespace Authd.Linux.Files;

/// <summary>A file or directory itself, whatever its name is now.</summary>
/// <param name="DeviceMajor">The file system.</param>
/// <param name="DeviceMinor">The file system.</param>
/// <param name="Inode">The inode number.</param>
public readonly record struct FileIdentity(uint DeviceMajor, uint DeviceMinor, ulong Inode)
{
    /// <summary>The identity of the file at <paramref name="path"/> (for a
    /// symbolic link, of the link itself); <c>null</c>: no such file.</summary>
    public static unsafe FileIdentity? Of(string path)
    {
        statx found;
        fixed (byte* name = FileStamp.Name(path))
        {
            int result = LibC.statx(LibC.AT_FDCWD, name, LibC.AT_SYMLINK_NOFOLLOW, LibC.STATX_INO, &found);
            return result == 0 ? new FileIdentity(found.stx_dev_major, found.stx_dev_minor, found.stx_ino) : null;
        }
    }
}
