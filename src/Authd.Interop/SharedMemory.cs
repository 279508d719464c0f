// Memory without a name that this process and the children to which it gives the descriptor share.
using System.Buffers;
using Tmds.Linux;

namespace Authd.Interop;

/// <summary>
/// memfd_create(2), mapped. The size is sealed: nobody who has the descriptor can cut the memory under another one, whose next
/// access would be a SIGBUS. It is gone with the last process that has it.
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

    /// <summary>New memory, all zero; it takes up space page by page as it is used.</summary>
    /// <param name="name">For /proc, e.g. <c>penalties</c>.</param>
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

    /// <summary>Maps the memory of which this process has inherited the descriptor, and closes that.</summary>
    /// <exception cref="LibcException">It is no such descriptor.</exception>
    public static SharedMemory Inherit(int descriptor, int words)
    {
        SharedMemory memory = new(descriptor, words);
        Descriptors.Close(descriptor);
        return memory;
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
        // Others may still be using it: the end of the process unmaps it.
        _start = null;
    }
}
