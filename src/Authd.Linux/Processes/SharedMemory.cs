using System.Buffers;
using Authd.Linux.Files;
using Authd.Linux.Native;
using Tmds.Linux;

namespace Authd.Linux.Processes;

/// <summary>
/// Anonymous memory that this process shares with the children to which it passes the descriptor (memfd_create(2), mapped). The
/// size is sealed: no holder of the descriptor can truncate the memory, which would kill the others with SIGBUS. It disappears
/// with the last process that has it.
/// </summary>
public sealed unsafe class SharedMemory : MemoryManager<long>
{
    private readonly int _words;
    private long* _start;

    private SharedMemory(int descriptor, int words)
    {
        Descriptor = descriptor;
        _words = words;
        void* start = LibC.mmap(
            null, words * sizeof(long), LibC.PROT_READ | LibC.PROT_WRITE, LibC.MAP_SHARED, descriptor, 0);
        _start = start != LibC.MAP_FAILED ? (long*)start : throw LibcException.Last("mmap");
    }

    /// <summary>For children; closed on exec otherwise.</summary>
    public int Descriptor { get; }

    /// <summary>Creates memory that is all zero; pages take up space only when they are used.</summary>
    /// <param name="name">Its name in /proc, e.g. <c>penalties</c>.</param>
    /// <param name="words">Its size in 64-bit words.</param>
    /// <exception cref="LibcException">The kernel refuses.</exception>
    public static SharedMemory Create(string name, int words)
    {
        int descriptor;
        fixed (byte* text = FileStamp.Name(name))
        {
            descriptor = LibC.memfd_create(text, LibC.MFD_CLOEXEC | LibC.MFD_ALLOW_SEALING);
        }

        if (descriptor < 0)
        {
            throw LibcException.Last("memfd_create");
        }

        if (LibC.ftruncate(descriptor, words * (long)sizeof(long)) < 0
            || LibC.fcntl(descriptor, LibC.F_ADD_SEALS, LibC.F_SEAL_SHRINK | LibC.F_SEAL_GROW | LibC.F_SEAL_SEAL) < 0)
        {
            LibcException failure = LibcException.Last("memfd_create");
            Descriptors.Close(descriptor);
            throw failure;
        }

        return new SharedMemory(descriptor, words);
    }

    /// <summary>Maps the memory of an inherited descriptor, and closes the descriptor.</summary>
    /// <exception cref="LibcException">The descriptor is not shared memory.</exception>
    public static SharedMemory Inherit(int descriptor, int words)
    {
        SharedMemory memory = new(descriptor, words);
        Descriptors.Close(descriptor);
        return memory;
    }

    /// <summary>Unmaps the memory, which this process must not use any more.</summary>
    public void Unmap()
    {
        if (_start is not null)
        {
            _ = LibC.munmap(_start, _words * sizeof(long));
            _start = null;
        }
    }

    /// <inheritdoc/>
    public override Span<long> GetSpan() => new(_start, _words);

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0) => new(_start + elementIndex);

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // Other threads may still be using it; the end of the process unmaps it.
        _start = null;
    }
}
