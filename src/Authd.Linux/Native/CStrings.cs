// C strings, single ones and the NULL-terminated arrays of argv and envp.
using System.Runtime.InteropServices;
using System.Text;
using Authd.Core;

namespace Authd.Linux.Native;

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

    /// <summary>One wire text as a C string: pin it for the call.</summary>
    internal static byte[] One(string text) => WireText.ToBytes(text + '\0');

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
