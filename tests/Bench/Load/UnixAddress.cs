using System.Runtime.InteropServices;
using System.Text;

namespace Authd.Bench.Load;

/// <summary>The address of a Unix socket (struct sockaddr_un) in native memory, built once for all connections.</summary>
internal sealed unsafe class UnixAddress : IDisposable
{
    private const int PathOffset = 2;
    private const int PathCapacity = 108;
    private readonly byte* _memory = (byte*)NativeMemory.AllocZeroed(PathOffset + PathCapacity);

    internal UnixAddress(string path)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(path);
        if (bytes.Length >= PathCapacity)
        {
            throw new ArgumentException($"{path}: too long for a Unix socket", nameof(path));
        }
        *(short*)_memory = Libc.AF_UNIX;
        bytes.CopyTo(new Span<byte>(_memory + PathOffset, PathCapacity));
        Length = PathOffset + bytes.Length + 1;
    }

    internal byte* Pointer => _memory;

    internal int Length { get; }

    /// <summary>A new connection; -1 when it is refused.</summary>
    internal int Connect()
    {
        int fd = Libc.socket(Libc.AF_UNIX, Libc.SOCK_STREAM_NONBLOCK_CLOEXEC, 0);
        if (fd >= 0 && Libc.connect(fd, _memory, Length) != 0)
        {
            Libc.close(fd);
            return -1;
        }
        return fd;
    }

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.Free(_memory);
}
