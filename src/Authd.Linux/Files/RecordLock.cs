// An exclusive fcntl(2) record lock on a whole file, by which courierlogger and this daemon recognize a running daemon.
using System.Runtime.InteropServices;
using Authd.Linux.Native;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Authd.Linux.Files;

/// <summary>A held lock; it lasts until <see cref="Dispose"/> or the end of this process.</summary>
public sealed unsafe class RecordLock : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int Poll = 10; // milliseconds

    private RecordLock(SafeFileHandle file) => File = file;

    /// <summary>The locked file, open for reading and writing.</summary>
    internal SafeFileHandle File { get; }

    /// <summary>Takes the lock on <paramref name="path"/> (created with mode 0600); <c>null</c> when it is held.</summary>
    /// <param name="path">The lock file.</param>
    /// <param name="owner">The owner of a created file, so that other users' programs can take the lock as well; <c>null</c>:
    /// this process's user. An existing file keeps its owner.</param>
    /// <exception cref="IOException">The file cannot be opened or locked, or others may have put it there.</exception>
    public static RecordLock? TryTake(string path, FileOwner? owner = null) =>
        TryLock(TrustedFiles.OpenOrCreate(path, OwnerOnly, owner), path);

    /// <summary>The same, but waits for a lock that is held.</summary>
    /// <param name="path">The file; created if it is missing.</param>
    /// <param name="patience">The longest wait.</param>
    /// <param name="mode">Its mode when it is created.</param>
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

    /// <summary>Waits for the lock on a file that several processes have inherited; <c>null</c> when it is held for longer, or
    /// cannot be had. The descriptor stays open.</summary>
    /// <param name="descriptor">The file, open for writing.</param>
    /// <param name="patience">The longest wait.</param>
    public static RecordLock? TryTakeInherited(int descriptor, TimeSpan patience)
    {
        int copy = LibC.fcntl(descriptor, LibC.F_DUPFD_CLOEXEC, 0);
        if (copy < 0)
        {
            return null;
        }

        // Closing the copy gives the lock back.
        SafeFileHandle file = new(copy, ownsHandle: true);
        flock whole = new() { l_type = (short)LibC.F_WRLCK };
        long until = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (LibC.fcntl(copy, LibC.F_SETLK, &whole) != 0)
        {
            if (Environment.TickCount64 >= until)
            {
                file.Dispose();
                return null;
            }

            Thread.Sleep(1);
        }

        return new RecordLock(file);
    }

    /// <summary>Waits for the lock without a limit, and takes it as soon as it is free.</summary>
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

    /// <summary>The process that holds the lock, or <c>null</c>. A missing file is created.</summary>
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
