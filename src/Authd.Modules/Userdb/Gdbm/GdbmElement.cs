using System.Runtime.InteropServices;

namespace Authd.Modules.Userdb.Gdbm;

/// <summary>One slot of a bucket, laid out as in the file: 24 bytes, in this machine's byte order.</summary>
/// <param name="Hash">The key's hash; <see cref="Empty"/> for a slot that holds nothing.</param>
/// <param name="KeyStart">The key's first four bytes, by which libgdbm tells most others apart (<see cref="StartOf"/>).</param>
/// <param name="DataOffset">Where key and value are, one after the other.</param>
/// <param name="KeySize">Bytes of the key.</param>
/// <param name="DataSize">Bytes of the value.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct GdbmElement(int Hash, int KeyStart, long DataOffset, int KeySize, int DataSize)
{
    /// <summary>Bytes of a slot.</summary>
    public const int Size = 24;

    /// <summary>The offset of a bucket's slots.</summary>
    public const int FirstOffset = 112;

    /// <summary><see cref="Hash"/> of an empty slot.</summary>
    public const int Empty = -1;

    /// <summary>Reads a slot's <see cref="Size"/> bytes.</summary>
    public static GdbmElement Parse(ReadOnlySpan<byte> slot) => MemoryMarshal.Read<GdbmElement>(slot);

    /// <summary>Writes a slot's <see cref="Size"/> bytes.</summary>
    public void Write(Span<byte> slot) => MemoryMarshal.Write(slot, this);

    /// <summary>The first four bytes of a key; a shorter one is filled up with zeros.</summary>
    public static int StartOf(ReadOnlySpan<byte> key)
    {
        Span<byte> start = stackalloc byte[sizeof(int)];
        start.Clear();
        key[..Math.Min(key.Length, sizeof(int))].CopyTo(start);
        return MemoryMarshal.Read<int>(start);
    }
}
