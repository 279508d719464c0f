using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Authd.Modules.Userdb.Gdbm;

/// <summary>The fields of a GDBM file's header that a reader needs: the place of the directory and the layout of buckets. All are
/// checked against the file's length.</summary>
/// <param name="DirectoryOffset">The offset of the directory, in bytes.</param>
/// <param name="DirectoryBits">The directory has 2 to this power entries of 8 bytes.</param>
/// <param name="BucketSize">Size of a bucket in bytes.</param>
/// <param name="BucketElements">Slots in a bucket.</param>
public readonly record struct GdbmHeader(long DirectoryOffset, int DirectoryBits, int BucketSize, int BucketElements)
{
    /// <summary>Bytes that <see cref="Parse"/> needs.</summary>
    public const int Size = 40;

    /// <summary>A directory of 32 MiB, enough for more than a hundred million accounts.</summary>
    public const int MaxDirectoryBits = 22;

    /// <summary>libgdbm makes buckets as large as the file system's blocks, in bytes; NFS has the largest.</summary>
    private const int MaxBucketSize = 1 << 20;

    private const int FreeListHead = 16;
    private const int FreePieceSize = 16;

    /// <summary>Magic number of files with 64-bit offsets, in the byte order of the machine that wrote them.</summary>
    private const int Magic = 0x13579ACF;

    /// <summary>Reads the header, in this machine's byte order.</summary>
    /// <exception cref="GdbmException">The file is damaged, or not a GDBM file of the supported kind.</exception>
    public static GdbmHeader Parse(ReadOnlySpan<byte> bytes, long fileLength, string path)
    {
        int magic = MemoryMarshal.Read<int>(bytes);
        if (magic != Magic)
        {
            throw new GdbmException(magic == BinaryPrimitives.ReverseEndianness(Magic)
                ? $"{path}: written by a machine of the other byte order; run makeuserdb here"
                : $"{path}: not a GDBM database with 64-bit offsets (magic number 0x{magic:x8})");
        }

        GdbmHeader header = new(
            MemoryMarshal.Read<long>(bytes[8..]),
            MemoryMarshal.Read<int>(bytes[20..]),
            MemoryMarshal.Read<int>(bytes[24..]),
            MemoryMarshal.Read<int>(bytes[28..]));
        int directorySize = MemoryMarshal.Read<int>(bytes[16..]);
        if (!header.IsPlausible(directorySize, fileLength))
        {
            throw new GdbmException($"{path}: damaged: the header contradicts itself or the file's size");
        }

        // A sparse file would have room for all of that, and a lookup would take seconds.
        return header.DirectoryBits <= MaxDirectoryBits && header.BucketSize <= MaxBucketSize
            ? header
            : throw new GdbmException($"{path}: damaged: a hash table of an impossible size; run makeuserdb");
    }

    /// <summary>Writes the file's first block; libgdbm would add blocks at <paramref name="fileLength"/>.</summary>
    public void Write(Span<byte> block, long fileLength)
    {
        block.Clear();
        MemoryMarshal.Write(block, Magic);
        MemoryMarshal.Write(block[4..], block.Length);
        MemoryMarshal.Write(block[8..], DirectoryOffset);
        MemoryMarshal.Write(block[16..], sizeof(long) << DirectoryBits);
        MemoryMarshal.Write(block[20..], DirectoryBits);
        MemoryMarshal.Write(block[24..], BucketSize);
        MemoryMarshal.Write(block[28..], BucketElements);
        MemoryMarshal.Write(block[32..], fileLength);

        // The list of free pieces follows: its capacity in this block, with none in use.
        MemoryMarshal.Write(block[Size..], (block.Length - Size - FreeListHead) / FreePieceSize);
    }

    private bool IsPlausible(int directorySize, long fileLength) =>
        DirectoryBits is >= 0 and < GdbmHash.Bits
        && directorySize == (long)sizeof(long) << DirectoryBits
        && DirectoryOffset >= Size && DirectoryOffset <= fileLength - directorySize
        && BucketElements > 0
        && BucketSize >= GdbmElement.FirstOffset + ((long)BucketElements * GdbmElement.Size)
        && BucketSize <= fileLength;
}
