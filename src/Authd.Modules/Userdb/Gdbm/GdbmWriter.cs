// Makes a whole GDBM file at once. Databases are replaced, never edited.
using System.Runtime.InteropServices;

namespace Authd.Modules.Userdb.Gdbm;

/// <summary>
/// Writes the file that libgdbm and <see cref="GdbmReader"/> read: header, directory, buckets, and then the records in the order in
/// which they came. The index stands before the records, so the records come twice: their keys and sizes by <see cref="Add"/>, their
/// bytes while the file is written. In between the writer keeps <see cref="GdbmElement.Size"/> bytes of each.
/// </summary>
/// <param name="capacity">No more records than this will come.</param>
public sealed class GdbmWriter(int capacity)
{
    private const int BlockSize = 4096;
    private const int BucketCountOffset = 108;
    private const int BucketElements = (BlockSize - GdbmElement.FirstOffset) / GdbmElement.Size;

    /// <summary>The bits of a directory of one block.</summary>
    private const int MinDirectoryBits = 9;

    /// <summary>Keys that would need more bits share one hash and do not fit into a bucket.</summary>
    private const int MaxDirectoryBits = GdbmHeader.MaxDirectoryBits;

    /// <summary>Until the layout is known, offsets count from the first record.</summary>
    private readonly GdbmElement[] _elements = new GdbmElement[capacity];
    private int _count;
    private long _size;
    private bool _isSorted;

    /// <summary>The consecutive elements whose keys share the first <paramref name="Bits"/> bits of their hash.</summary>
    private readonly record struct Bucket(int Bits, int First, int Count);

    private Span<GdbmElement> Elements => _elements.AsSpan(0, _count);

    /// <summary>Takes the next record's key and the size of its value. That its key is new is for the caller to know.</summary>
    /// <exception cref="GdbmException">Longer than <see cref="GdbmReader.MaxRecord"/>: readers would take it for damage.</exception>
    public void Add(ReadOnlySpan<byte> key, int valueSize)
    {
        if ((long)key.Length + valueSize > GdbmReader.MaxRecord)
        {
            throw new GdbmException($"a record of more than {GdbmReader.MaxRecord} bytes");
        }

        _elements[_count++] = new GdbmElement(GdbmHash.Of(key), GdbmElement.StartOf(key), _size, key.Length, valueSize);
        _size += key.Length + valueSize;
        _isSorted = false;
    }

    /// <summary>The hashes that more than one record has: only among those a key can have come twice.</summary>
    public HashSet<int> RepeatedHashes()
    {
        Sort();
        HashSet<int> repeated = [];
        for (int i = 1; i < _count; i++)
        {
            if (_elements[i].Hash == _elements[i - 1].Hash)
            {
                repeated.Add(_elements[i].Hash);
            }
        }

        return repeated;
    }

    /// <summary>Writes the file.</summary>
    /// <param name="file">Takes it from its beginning on.</param>
    /// <param name="writeRecords">Writes all records, key and value, in the order in which they came.</param>
    /// <exception cref="GdbmException">The format cannot hold so many keys with the same hash.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(Stream file, Action<Stream> writeRecords)
    {
        Sort();
        List<Bucket> buckets = [];
        Split(new Bucket(0, 0, _count), prefix: 0, buckets);

        int directoryBits = Math.Max(MinDirectoryBits, buckets.Max(bucket => bucket.Bits));
        long firstBucket = BlockSize + ((long)sizeof(long) << directoryBits);
        long firstRecord = firstBucket + ((long)buckets.Count * BlockSize);
        long end = firstRecord + _size;
        byte[] padding = new byte[(BlockSize - (end % BlockSize)) % BlockSize];

        Span<byte> block = new byte[BlockSize];
        new GdbmHeader(BlockSize, directoryBits, BlockSize, BucketElements).Write(block, end + padding.Length);
        file.Write(block);
        WriteDirectory(file, buckets, directoryBits, firstBucket);
        foreach (Bucket bucket in buckets)
        {
            block.Clear();
            Fill(block, bucket, firstRecord);
            file.Write(block);
        }

        writeRecords(file);
        file.Write(padding);
    }

    /// <summary>Sorts by hash, so that each bucket's elements are
    /// consecutive; elements with the same hash keep their order.</summary>
    private void Sort()
    {
        if (!_isSorted)
        {
            Elements.Sort(static (a, b) => a.Hash != b.Hash ? a.Hash.CompareTo(b.Hash) : a.DataOffset.CompareTo(b.DataOffset));
            _isSorted = true;
        }
    }

    /// <summary>Halves a bucket until its elements fit.</summary>
    private void Split(Bucket bucket, int prefix, List<Bucket> buckets)
    {
        if (bucket.Count <= BucketElements)
        {
            buckets.Add(bucket);
            return;
        }

        int bits = bucket.Bits + 1;
        if (bits > MaxDirectoryBits)
        {
            throw new GdbmException("too many keys with the same hash");
        }

        int upperPrefix = (prefix << 1) | 1;
        int upperHash = upperPrefix << (GdbmHash.Bits - bits);
        int end = bucket.First + bucket.Count;
        int middle = bucket.First;
        while (middle < end && _elements[middle].Hash < upperHash)
        {
            middle++;
        }

        Split(new Bucket(bits, bucket.First, middle - bucket.First), prefix << 1, buckets);
        Split(new Bucket(bits, middle, end - middle), upperPrefix, buckets);
    }

    private static void WriteDirectory(Stream file, List<Bucket> buckets, int bits, long firstBucket)
    {
        var directory = new long[1 << bits];
        Span<long> rest = directory;
        for (int i = 0; i < buckets.Count; i++)
        {
            int entries = 1 << (bits - buckets[i].Bits);
            rest[..entries].Fill(firstBucket + ((long)i * BlockSize));
            rest = rest[entries..];
        }

        file.Write(MemoryMarshal.AsBytes<long>(directory));
    }

    private void Fill(Span<byte> bytes, Bucket bucket, long firstRecord)
    {
        MemoryMarshal.Write(bytes[GdbmReader.BucketBitsOffset..], bucket.Bits);
        MemoryMarshal.Write(bytes[BucketCountOffset..], bucket.Count);
        for (int slot = 0; slot < BucketElements; slot++)
        {
            MemoryMarshal.Write(Slot(bytes, slot), GdbmElement.Empty);
        }

        foreach (GdbmElement element in Elements.Slice(bucket.First, bucket.Count))
        {
            int slot = element.Hash % BucketElements;
            while (MemoryMarshal.Read<int>(Slot(bytes, slot)) != GdbmElement.Empty)
            {
                slot = (slot + 1) % BucketElements;
            }

            (element with { DataOffset = firstRecord + element.DataOffset }).Write(Slot(bytes, slot));
        }
    }

    private static Span<byte> Slot(Span<byte> bucket, int slot) =>
        bucket.Slice(GdbmElement.FirstOffset + (slot * GdbmElement.Size), GdbmElement.Size);
}
