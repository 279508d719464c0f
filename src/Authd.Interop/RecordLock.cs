// An exclusive fcntl(2) record lock on a whole file: how courierlogger and we tell that a daemon is running.
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Authd.Interop;

/// <summary>A held lock; it lasts until <see cref="Dispose"/> or the end of this process.</summary>
public sealed class RecordLock : IDisposable
{
    private const int OwnerOnly = 0x180; // 0600
    private const int Poll = 10; // milliseconds

    private readonly int _descriptor;

    private RecordLock(int descriptor) => _descriptor = descriptor;

    /// <summary>Takes the lock on <paramref name="path"/> (made with mode 0600), or answers <c>null</c> when it is held.</summary>
    /// <param name="path">The lock file.</param>
    /// <param name="owner">Whose it is when it has to be made; <c>null</c>: this process's.</param>
    /// <exception cref="LibcException">The file cannot be opened or locked.</exception>
    public static RecordLock? TryTake(string path, FileOwner? owner = null)
    {
        bool isNew = owner is not null && !File.Exists(path);
        int descriptor = Open(path, OwnerOnly);
        if (isNew)
        {
            Give(descriptor, path, owner!.Value);
        }

        return TryLock(descriptor, path);
    }

    /// <summary>The same, but waits for a lock that is held.</summary>
    /// <param name="path">The file; it is made if it is missing.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="mode">Its mode when it has to be made.</param>
    /// <exception cref="LibcException">The file cannot be opened or locked.</exception>
    public static RecordLock? TryTake(string path, TimeSpan patience, int mode = OwnerOnly)
    {
        long until = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        RecordLock? held;
        while ((held = TryLock(Open(path, mode), path)) is null && Environment.TickCount64 < until)
        {
            Thread.Sleep(Poll);
        }

        return held;
    }

    /// <summary>Waits for the lock, however long that takes; it comes in the moment in which it is free.</summary>
    /// <exception cref="LibcException">The file cannot be opened or locked.</exception>
    public static RecordLock Take(string path)
    {
        int descriptor = Open(path, OwnerOnly);
        Libc.Flock whole = new() { Type = Libc.F_WRLCK };
        while (Libc.fcntl(descriptor, Libc.F_SETLKW, ref whole) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno != Libc.EINTR)
            {
                Libc.close(descriptor);
                throw new LibcException(path, errno);
            }
        }

        return new RecordLock(descriptor);
    }

    /// <summary>The process that holds the lock, or <c>null</c> when nobody does. The file is made if it is missing.</summary>
    /// <exception cref="LibcException">The file cannot be opened.</exception>
    public static int? Holder(string path)
    {
        int descriptor = Open(path, OwnerOnly);
        Libc.Flock probe = new() { Type = Libc.F_WRLCK };
        int result = Libc.fcntl(descriptor, Libc.F_GETLK, ref probe);
        LibcException? failure = result == 0 ? null : LibcException.Last(path);
        Libc.close(descriptor);
        return failure is not null ? throw failure : probe.Type == Libc.F_UNLCK ? null : probe.Pid;
    }

    /// <inheritdoc/>
    public void Dispose() => Libc.close(_descriptor);

    /// <summary>Other users' programs must be able to take the lock as well.</summary>
    private static void Give(int descriptor, string path, FileOwner owner)
    {
        using SafeFileHandle file = new(descriptor, ownsHandle: false);
        if (Libc.fchown(file, owner.Uid, owner.Gid) != 0)
        {
            LibcException failure = LibcException.Last(path);
            Libc.close(descriptor);
            throw failure;
        }
    }

    private static RecordLock? TryLock(int descriptor, string path)
    {
        Libc.Flock whole = new() { Type = Libc.F_WRLCK };
        if (Libc.fcntl(descriptor, Libc.F_SETLK, ref whole) == 0)
        {
            return new RecordLock(descriptor);
        }

        int errno = Marshal.GetLastPInvokeError();
        Libc.close(descriptor);
        return errno is Libc.EAGAIN or Libc.EACCES ? null : throw new LibcException(path, errno);
    }

    private static int Open(string path, int mode)
    {
        int descriptor = Libc.open(path, Libc.O_RDWR | Libc.O_CREAT | Libc.O_CLOEXEC, mode);
        return descriptor >= 0 ? descriptor : throw LibcException.Last(path);
    }
}
