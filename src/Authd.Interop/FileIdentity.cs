// Which file a name stands for at the moment.
using Tmds.Linux;

namespace Authd.Interop;

/// <summary>A file or directory itself, whatever its name is now.</summary>
/// <param name="DeviceMajor">The file system.</param>
/// <param name="DeviceMinor">The file system.</param>
/// <param name="Inode">Its number there.</param>
public readonly record struct FileIdentity(uint DeviceMajor, uint DeviceMinor, ulong Inode)
{
    /// <summary>That of what is at <paramref name="path"/> (of a symbolic link: of itself); <c>null</c> when nothing is.</summary>
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
