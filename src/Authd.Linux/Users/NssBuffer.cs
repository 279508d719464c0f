using System.Runtime.InteropServices;
using Authd.Linux.Native;

namespace Authd.Linux.Users;

/// <summary>Unmanaged memory for the texts of an NSS entry, whose length is not known beforehand. It grows until the entry fits:
/// <c>do error = call(...); while (buffer.Grows(error));</c></summary>
internal sealed unsafe class NssBuffer : IDisposable
{
    /// <summary>The size in bytes that suffices for nearly every entry.</summary>
    private const int UsualSize = 1024;

    /// <summary>The size in bytes beyond which an entry is not believed.</summary>
    private const int LargestSize = 16 * 1024 * 1024;

    /// <summary>The memory.</summary>
    internal byte* Text { get; private set; } = (byte*)NativeMemory.Alloc(UsualSize);

    /// <summary>Its size, bytes.</summary>
    internal nuint Size { get; private set; } = UsualSize;

    /// <summary>If <paramref name="error"/> reports too little room, enlarges the memory and returns true.</summary>
    internal bool Grows(int error)
    {
        if (error != Libc.ERANGE || Size >= LargestSize)
        {
            return false;
        }

        Size *= 4;
        Text = (byte*)NativeMemory.Realloc(Text, Size);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.Free(Text);
}
