// An exclusive flock(2) on a file of its own, which serializes the userdb programs, C's and ours.
using System.Runtime.InteropServices;
using Authd.Linux.Native;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Authd.Linux.Files;

/// <summary>A held lock; it lasts until <see cref="Dispose"/> or the end of this process. The file stays.</summary>
public sealed class FileLock : IDisposable
{
    private readonly SafeFileHandle _file;

    private FileLock(SafeFileHandle file) => _file = file;

    /// <summary>Waits for the lock.</summary>
    /// <param name="path">The lock file, created when it is missing.</param>
    /// <param name="mode">Its mode when it is created.</param>
    /// <exception cref="IOException">The file cannot be opened or locked, or others may have put it there.</exception>
    public static FileLock Take(string path, UnixFileMode mode) => Lock(path, mode, Libc.LOCK_EX)!;

    /// <summary>Takes the lock; <c>null</c> when it is held, be it in this process.</summary>
    /// <param name="path">The lock file, created when it is missing.</param>
    /// <param name="mode">Its mode when it is created.</param>
    /// <exception cref="IOException">The file cannot be opened or locked, or others may have put it there.</exception>
    public static FileLock? TryTake(string path, UnixFileMode mode) => Lock(path, mode, Libc.LOCK_EX | Libc.LOCK_NB);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static FileLock? Lock(string path, UnixFileMode mode, int operation)
    {
        SafeFileHandle file = Open(path, mode);
        while (Libc.flock((int)file.DangerousGetHandle(), operation) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno == LibC.EINTR)
            {
                continue;
            }

            file.Dispose();
            return errno == LibC.EAGAIN ? null : throw new LibcException($"Can't lock {path}", errno);
        }

        return new FileLock(file);
    }

    private static SafeFileHandle Open(string path, UnixFileMode mode)
    {
        try
        {
            return TrustedFiles.OpenOrCreate(path, mode);
        }
        catch (LibcException e)
        {
            throw new LibcException($"Can't open {path}", e.Errno);
        }
    }
}
