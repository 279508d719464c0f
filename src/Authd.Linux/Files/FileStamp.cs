using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Tmds.Linux;

namespace Authd.Linux.Files;

/// <summary>The properties of a file that change when it is edited or replaced; read with one system call.</summary>
/// <param name="Seconds">Modification time, seconds since 1970.</param>
/// <param name="Nanoseconds">Nanoseconds of the modification time.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Inode">Inode number.</param>
public readonly record struct FileStamp(long Seconds, uint Nanoseconds, ulong Size, ulong Inode)
{
    /// <summary>One number that changes with any of the properties; the same in all processes.</summary>
    public long Version => (long)(((((((ulong)Seconds * 1_000_000_000) + Nanoseconds) * 31) + Size) * 31) + Inode) | 1;

    /// <summary>The path in the form that <see cref="Of"/> takes. A caller
    /// makes it once and then asks without an allocation.</summary>
    public static byte[] Name(string path) => Encoding.UTF8.GetBytes(path + '\0');

    /// <summary>No file of that name exists. A path that cannot be reached is not known to be missing.</summary>
    /// <param name="name">A name made by <see cref="Name"/>.</param>
    public static unsafe bool IsMissing(byte[] name)
    {
        Unsafe.SkipInit(out statx found);
        fixed (byte* path = name)
        {
            return LibC.statx(LibC.AT_FDCWD, path, 0, LibC.STATX_INO, &found) != 0
                && Marshal.GetLastPInvokeError() is var error && (error == LibC.ENOENT || error == LibC.ENOTDIR);
        }
    }

    /// <summary>The file's stamp now, <c>null</c> when the file is missing or cannot be reached.</summary>
    /// <param name="name">A name made by <see cref="Name"/>.</param>
    public static unsafe FileStamp? Of(byte[] name)
    {
        Unsafe.SkipInit(out statx found);
        fixed (byte* path = name)
        {
            int result = LibC.statx(LibC.AT_FDCWD, path, 0, LibC.STATX_MTIME | LibC.STATX_INO | LibC.STATX_SIZE, &found);
            return result == 0
                ? new FileStamp(found.stx_mtime.tv_sec, found.stx_mtime.tv_nsec, found.stx_size, found.stx_ino) : OfBroker(name);
        }
    }

    /// <summary>The broker's stamp, for a path through a directory that is closed to the workers' user.</summary>
    private static FileStamp? OfBroker(byte[] name) =>
        Marshal.GetLastPInvokeError() == LibC.EACCES && RootFiles.Broker is { } broker
        && Encoding.UTF8.GetString(name.AsSpan(0, name.Length - 1)) is var path && broker.Covers(path)
            ? broker.StampOf(path) : null;
}
