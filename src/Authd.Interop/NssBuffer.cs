// Room for the texts of one NSS entry, which nobody knows the length of beforehand.
using System.Runtime.InteropServices;

namespace Authd.Interop;

/// <summary>Unmanaged memory that grows until an entry fits: <c>do error = call(...); while (buffer.Grows(error));</c></summary>
internal sealed unsafe class NssBuffer : IDisposable
{
    /// <summary>Bytes that do for nearly every entry.</summary>
    private const int UsualSize = 1024;

    /// <summary>Bytes beyond which an entry is not believed.</summary>
    private const int LargestSize = 16 * 1024 * 1024;

    /// <summary>The memory.</summary>
    internal byte* Text { get; private set; } = (byte*)NativeMemory.Alloc(UsualSize);

    /// <summary>Its size, bytes.</summary>
    internal nuint Size { get; private set; } = UsualSize;

    /// <summary>Whether <paramref name="error"/> says that there was too little room, and there is more now.</summary>
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
