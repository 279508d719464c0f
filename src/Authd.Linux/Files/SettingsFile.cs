using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Authd.Linux.Files;

/// <summary>Reads configuration files without waiting and within a
/// size limit; a FIFO or a device is an error with a reason.</summary>
public static unsafe class SettingsFile
{
    private const int TypeMask = 0xF000;
    private const int RegularFile = 0x8000;
    private const int DirectoryFile = 0x4000;

    /// <summary>The bytes of <paramref name="path"/>, or <c>null</c> when the file does not exist.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">The largest size, in bytes.</param>
    /// <exception cref="IOException">The file cannot be read, is not a regular
    /// file, or is too large; the message leaves out the path.</exception>
    public static byte[]? TryRead(string path, int most)
    {
        // Without O_NONBLOCK, opening a FIFO waits for a writer.
        int descriptor = Descriptors.Open(path, LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_CLOEXEC);
        if (descriptor < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            return errno == LibC.ENOENT || errno == LibC.ENOTDIR ? null : throw Failure(Marshal.GetPInvokeErrorMessage(errno));
        }

        try
        {
            return Read(descriptor, most);
        }
        finally
        {
            Descriptors.Close(descriptor);
        }
    }

    private static byte[] Read(int descriptor, int most)
    {
        statx found;
        byte* empty = stackalloc byte[1];
        *empty = 0;
        if (LibC.statx(descriptor, empty, LibC.AT_EMPTY_PATH, LibC.STATX_TYPE | LibC.STATX_SIZE, &found) != 0)
        {
            throw Failure(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));
        }

        int type = found.stx_mode & TypeMask;
        if (type != RegularFile)
        {
            throw Failure(type == DirectoryFile ? "Is a directory" : "is no regular file");
        }

        byte[] bytes = new byte[Math.Min((long)found.stx_size, most) + 1];
        int filled = 0;
        int count;
        while ((count = Descriptors.Read(descriptor, bytes.AsSpan(filled))) > 0)
        {
            filled += count;
            if (filled > most)
            {
                throw Failure($"has more than {most} bytes, which is more than a file of settings can need");
            }

            if (filled == bytes.Length)
            {
                Array.Resize(ref bytes, Math.Min(bytes.Length * 2, most) + 1); // The file grows while it is read.
            }
        }

        return bytes[..filled];
    }

    private static IOException Failure(string reason) => new(reason);
}
