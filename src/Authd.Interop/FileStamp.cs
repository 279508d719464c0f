// Whether a file is still the one that was read: statx(2) by path, cheap enough for every request.
using System.Runtime.InteropServices;
using System.Text;

namespace Authd.Interop;

/// <summary>What changes when a file is replaced or written: .NET's own file times cost several times as much to ask.</summary>
/// <param name="Device">Major and minor number of the file system's device.</param>
/// <param name="Inode">Inode number.</param>
/// <param name="Modified">Modification time, in nanoseconds since 1970.</param>
/// <param name="Size">Size in bytes.</param>
public readonly record struct FileStamp(ulong Device, ulong Inode, long Modified, ulong Size);

/// <summary>Takes stamps of one path; symbolic links are followed.</summary>
public sealed class StampedPath(string path)
{
    private readonly byte[] _path = Encoding.UTF8.GetBytes(path + '\0');

    /// <summary>The path.</summary>
    public string Path => path;

    /// <summary>The file's stamp, or <c>null</c> when there is no such file.</summary>
    /// <exception cref="LibcException">The path cannot be examined (permission, I/O error).</exception>
    public unsafe FileStamp? Read()
    {
        int result;
        Libc.Statx buffer;
        fixed (byte* name = _path)
        {
            result = Libc.statx(Libc.AT_FDCWD, name, 0, Libc.STATX_MTIME | Libc.STATX_INO | Libc.STATX_SIZE, &buffer);
        }

        if (result == 0)
        {
            return new FileStamp(
                ((ulong)buffer.DeviceMajor << 32) | buffer.DeviceMinor,
                buffer.Inode,
                (buffer.ModifiedSeconds * 1_000_000_000) + buffer.ModifiedNanoseconds,
                buffer.Size);
        }

        return Marshal.GetLastPInvokeError() is Libc.ENOENT or Libc.ENOTDIR ? null : throw LibcException.Last(path);
    }
}

/// <summary>statx(2), whose structure is the same on every architecture.</summary>
internal static partial class Libc
{
    internal const int ENOENT = 2;
    internal const int ENOTDIR = 20;

    internal const int AT_FDCWD = -100;
    internal const uint STATX_MTIME = 0x40;
    internal const uint STATX_INO = 0x100;
    internal const uint STATX_SIZE = 0x200;

    /// <summary>The members in use of struct statx.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct Statx
    {
        [FieldOffset(32)]
        internal ulong Inode;

        [FieldOffset(40)]
        internal ulong Size;

        [FieldOffset(112)]
        internal long ModifiedSeconds;

        [FieldOffset(120)]
        internal uint ModifiedNanoseconds;

        [FieldOffset(136)]
        internal uint DeviceMajor;

        [FieldOffset(140)]
        internal uint DeviceMinor;
    }

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int statx(int directory, byte* path, int flags, uint mask, Statx* buffer);
}
