// An exclusive fcntl(2) record lock on a whole file: how courierlogger and we tell that a daemon is running.
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Authd.Interop;

/// <summary>A held lock; it lasts until <see cref="Dispose"/> or the end of this process.</summary>
public sealed unsafe class RecordLock : IDisposable
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
        flock whole = new() { l_type = (short)LibC.F_WRLCK };
        while (LibC.fcntl(descriptor, LibC.F_SETLKW, &whole) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno != LibC.EINTR)
            {
                Descriptors.Close(descriptor);
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
        flock probe = new() { l_type = (short)LibC.F_WRLCK };
        int result = LibC.fcntl(descriptor, LibC.F_GETLK, &probe);
        LibcException? failure = result == 0 ? null : LibcException.Last(path);
        Descriptors.Close(descriptor);
        return failure is not null ? throw failure : probe.l_type == LibC.F_UNLCK ? null : (int)probe.l_pid;
    }

    /// <inheritdoc/>
    public void Dispose() => Descriptors.Close(_descriptor);

    /// <summary>Other users' programs must be able to take the lock as well.</summary>
    private static void Give(int descriptor, string path, FileOwner owner)
    {
        if (LibC.fchown(descriptor, owner.Uid, owner.Gid) != 0)
        {
            LibcException failure = LibcException.Last(path);
            Descriptors.Close(descriptor);
            throw failure;
        }
    }

    private static RecordLock? TryLock(int descriptor, string path)
    {
        flock whole = new() { l_type = (short)LibC.F_WRLCK };
        if (LibC.fcntl(descriptor, LibC.F_SETLK, &whole) == 0)
        {
            return new RecordLock(descriptor);
        }

        int errno = Marshal.GetLastPInvokeError();
        Descriptors.Close(descriptor);
        return errno == LibC.EAGAIN || errno == LibC.EACCES ? null : throw new LibcException(path, errno);
    }

    private static int Open(string path, int mode)
    {
        int descriptor = Descriptors.Open(path, LibC.O_RDWR | LibC.O_CREAT | LibC.O_CLOEXEC, (uint)mode);
        return descriptor >= 0 ? descriptor : throw LibcException.Last(path);
    }
}
