// An exclusive fcntl(2) record lock on a whole file: how courierlogger and we tell that a daemon is running.
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Authd.Interop;

/// <summary>A held lock; it lasts until <see cref="Dispose"/> or the end of this process.</summary>
public sealed unsafe class RecordLock : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int Poll = 10; // milliseconds

    private RecordLock(SafeFileHandle file) => File = file;

    /// <summary>The locked file, open for reading and writing.</summary>
    internal SafeFileHandle File { get; }

    /// <summary>Takes the lock on <paramref name="path"/> (made with mode 0600), or answers <c>null</c> when it is held.</summary>
    /// <param name="path">The lock file.</param>
    /// <param name="owner">Whose it is when it has to be made, so that other users' programs can take the lock as well;
    /// <c>null</c>: this process's. A file that is there keeps its owner.</param>
    /// <exception cref="IOException">The file cannot be opened or locked, or others may have put it there.</exception>
    public static RecordLock? TryTake(string path, FileOwner? owner = null) =>
        TryLock(TrustedFiles.OpenOrCreate(path, OwnerOnly, owner), path);

    /// <summary>The same, but waits for a lock that is held.</summary>
    /// <param name="path">The file; it is made if it is missing.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="mode">Its mode when it has to be made.</param>
    /// <exception cref="IOException">The file cannot be opened or locked, or others may have put it there.</exception>
    public static RecordLock? TryTake(string path, TimeSpan patience, UnixFileMode mode = OwnerOnly)
    {
        long until = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        RecordLock? held;
        while ((held = TryLock(TrustedFiles.OpenOrCreate(path, mode), path)) is null && Environment.TickCount64 < until)
        {
            Thread.Sleep(Poll);
        }

        return held;
    }

    /// <summary>Waits for the lock, however long that takes; it comes in the moment in which it is free.</summary>
    /// <exception cref="IOException">The file cannot be opened or locked, or others may have put it there.</exception>
    public static RecordLock Take(string path)
    {
        SafeFileHandle file = TrustedFiles.OpenOrCreate(path, OwnerOnly);
        flock whole = new() { l_type = (short)LibC.F_WRLCK };
        while (LibC.fcntl(Number(file), LibC.F_SETLKW, &whole) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno != LibC.EINTR)
            {
                file.Dispose();
                throw new LibcException(path, errno);
            }
        }

        return new RecordLock(file);
    }

    /// <summary>The process that holds the lock, or <c>null</c> when nobody does. The file is made if it is missing.</summary>
    /// <exception cref="IOException">The file cannot be opened, or others may have put it there.</exception>
    public static int? Holder(string path)
    {
        using SafeFileHandle file = TrustedFiles.OpenOrCreate(path, OwnerOnly);
        flock probe = new() { l_type = (short)LibC.F_WRLCK };
        return LibC.fcntl(Number(file), LibC.F_GETLK, &probe) != 0 ? throw LibcException.Last(path)
            : probe.l_type == LibC.F_UNLCK ? null : (int)probe.l_pid;
    }

    /// <inheritdoc/>
    public void Dispose() => File.Dispose();

    private static RecordLock? TryLock(SafeFileHandle file, string path)
    {
        flock whole = new() { l_type = (short)LibC.F_WRLCK };
        if (LibC.fcntl(Number(file), LibC.F_SETLK, &whole) == 0)
        {
            return new RecordLock(file);
        }

        int errno = Marshal.GetLastPInvokeError();
        file.Dispose();
        return errno == LibC.EAGAIN || errno == LibC.EACCES ? null : throw new LibcException(path, errno);
    }

    private static int Number(SafeFileHandle file) => (int)file.DangerousGetHandle();
}
