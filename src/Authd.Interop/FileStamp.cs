// Tells whether a file has been changed, with one system call.
using System.Runtime.CompilerServices;
using System.Text;
using Tmds.Linux;

namespace Authd.Interop;

/// <summary>What changes when a file is edited or replaced: modification time (nanoseconds included), size, inode.</summary>
/// <param name="Seconds">Modification time, seconds since 1970.</param>
/// <param name="Nanoseconds">Its fraction.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Inode">Inode number.</param>
public readonly record struct FileStamp(long Seconds, uint Nanoseconds, ulong Size, ulong Inode)
{
    /// <summary>The path in the form that <see cref="Of"/> takes: made once, so that asking allocates nothing.</summary>
    public static byte[] Name(string path) => Encoding.UTF8.GetBytes(path + '\0');

    /// <summary>The file's stamp now, <c>null</c> when it cannot be had (missing, path not reachable).</summary>
    /// <param name="name">Made by <see cref="Name"/>.</param>
    public static unsafe FileStamp? Of(byte[] name)
    {
        Unsafe.SkipInit(out statx found);
        fixed (byte* path = name)
        {
            int result = LibC.statx(LibC.AT_FDCWD, path, 0, LibC.STATX_MTIME | LibC.STATX_INO | LibC.STATX_SIZE, &found);
            return result == 0 ? new FileStamp(found.stx_mtime.tv_sec, found.stx_mtime.tv_nsec, found.stx_size, found.stx_ino) : null;
        }
    }
}
