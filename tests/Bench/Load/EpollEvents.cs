// A buffer of struct epoll_event, whose layout is chosen at run time because it is packed on x86-64 only.
using System.Runtime.InteropServices;

namespace Authd.Bench.Load;

/// <summary>Native memory for epoll_wait's results, and the writing of one event for epoll_ctl.</summary>
internal sealed unsafe class EpollEvents : IDisposable
{
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int Size = DataOffset + 8;
    private readonly byte* _memory;

    internal EpollEvents(int capacity)
    {
        Capacity = capacity;
        _memory = (byte*)NativeMemory.AllocZeroed((nuint)(capacity * Size));
    }

    internal int Capacity { get; }

    internal void* Pointer => _memory;

    /// <summary>The number that was registered with the descriptor of the event at <paramref name="index"/>.</summary>
    internal int Tag(int index) => *(int*)(_memory + (index * Size) + DataOffset);

    /// <summary>Makes entry 0 an event to register.</summary>
    internal void SetFirst(uint events, int tag)
    {
        *(uint*)_memory = events;
        *(int*)(_memory + DataOffset) = tag;
    }

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.Free(_memory);
}
