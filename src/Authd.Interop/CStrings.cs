// A NULL-terminated array of C strings, as argv and envp are.
using System.Runtime.InteropServices;
using System.Text;

namespace Authd.Interop;

/// <summary>Copies texts to unmanaged memory for the duration of one call.</summary>
internal sealed unsafe class CStrings : IDisposable
{
    private readonly int _count;

    internal CStrings(IReadOnlyList<string> texts, Encoding encoding)
    {
        _count = texts.Count;
        Pointers = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
        for (int i = 0; i < _count; i++)
        {
            byte[] bytes = encoding.GetBytes(texts[i]);
            Pointers[i] = (byte*)NativeMemory.AllocZeroed((nuint)bytes.Length + 1);
            bytes.CopyTo(new Span<byte>(Pointers[i], bytes.Length));
        }
    }

    internal byte** Pointers { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int i = 0; i < _count; i++)
        {
            NativeMemory.Free(Pointers[i]);
        }

        NativeMemory.Free(Pointers);
    }
}
