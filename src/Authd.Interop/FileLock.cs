// An exclusive flock(2) on a file of its own: how the userdb programs, C's and ours, take turns.
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Authd.Interop;

/// <summary>A held lock; it lasts until <see cref="Dispose"/> or the end of this process. The file stays.</summary>
public sealed class FileLock : IDisposable
{
    private readonly int _descriptor;

    private FileLock(int descriptor) => _descriptor = descriptor;

    /// <summary>Waits for the lock.</summary>
    /// <param name="path">The lock file, made when it is missing.</param>
    /// <param name="mode">Its mode when it is made.</param>
    /// <exception cref="LibcException">The file cannot be opened or locked.</exception>
    public static FileLock Take(string path, UnixFileMode mode) => Lock(path, mode, Libc.LOCK_EX)!;

    /// <summary>Takes the lock, or answers <c>null</c> when another holds it, be it in this process.</summary>
    /// <param name="path">The lock file, made when it is missing.</param>
    /// <param name="mode">Its mode when it is made.</param>
    /// <exception cref="LibcException">The file cannot be opened or locked.</exception>
    public static FileLock? TryTake(string path, UnixFileMode mode) => Lock(path, mode, Libc.LOCK_EX | Libc.LOCK_NB);

    /// <inheritdoc/>
    public void Dispose() => Descriptors.Close(_descriptor);

    private static FileLock? Lock(string path, UnixFileMode mode, int operation)
    {
        int descriptor = Descriptors.Open(path, LibC.O_RDWR | LibC.O_CREAT | LibC.O_CLOEXEC, (uint)mode);
        if (descriptor < 0)
        {
            throw LibcException.Last($"Can't open {path}");
        }

        while (Libc.flock(descriptor, operation) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno == LibC.EINTR)
            {
                continue;
            }

            Descriptors.Close(descriptor);
            return errno == LibC.EAGAIN ? null : throw new LibcException($"Can't lock {path}", errno);
        }

        return new FileLock(descriptor);
    }
}
