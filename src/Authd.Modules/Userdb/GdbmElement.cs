// One slot of a GDBM bucket.
using System.Runtime.InteropServices;

namespace Authd.Modules.Userdb;

/// <summary>One slot of a bucket: 24 bytes, in this machine's byte order.</summary>
/// <param name="Hash">The key's hash; <see cref="Empty"/> for a slot that holds nothing.</param>
/// <param name="DataOffset">Where key and value are, one after the other.</param>
/// <param name="KeySize">Bytes of the key.</param>
/// <param name="DataSize">Bytes of the value.</param>
public readonly record struct GdbmElement(int Hash, long DataOffset, int KeySize, int DataSize)
{
    /// <summary>Bytes of a slot.</summary>
    public const int Size = 24;

    /// <summary>Where a bucket's slots begin.</summary>
    public const int FirstOffset = 112;

    /// <summary><see cref="Hash"/> of a slot that holds nothing.</summary>
    public const int Empty = -1;

    private const int KeyStartSize = 4;

    /// <summary>Reads a slot's <see cref="Size"/> bytes.</summary>
    public static GdbmElement Parse(ReadOnlySpan<byte> slot) => new(
        MemoryMarshal.Read<int>(slot),
        MemoryMarshal.Read<long>(slot[8..]),
        MemoryMarshal.Read<int>(slot[16..]),
        MemoryMarshal.Read<int>(slot[20..]));

    /// <summary>Writes a slot's <see cref="Size"/> bytes: with the beginning of its key, by which libgdbm tells most
    /// others apart.</summary>
    public void Write(Span<byte> slot, ReadOnlySpan<byte> key)
    {
        slot.Clear();
        MemoryMarshal.Write(slot, Hash);
        key[..Math.Min(key.Length, KeyStartSize)].CopyTo(slot[sizeof(int)..]);
        MemoryMarshal.Write(slot[8..], DataOffset);
        MemoryMarshal.Write(slot[16..], KeySize);
        MemoryMarshal.Write(slot[20..], DataSize);
    }
}
