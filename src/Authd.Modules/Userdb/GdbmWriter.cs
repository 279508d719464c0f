// Makes a whole GDBM file at once. Nothing is ever added to a file that exists: databases are replaced, not edited.
using System.Buffers;
using System.Runtime.InteropServices;

namespace Authd.Modules.Userdb;

/// <summary>
/// Collects records and lays out the file that libgdbm and <see cref="GdbmReader"/> read: header, directory, buckets,
/// and then the records in the order in which they came.
/// </summary>
public sealed class GdbmWriter
{
    private const int BlockSize = 4096;
    private const int BucketCountOffset = 108;
    private const int BucketElements = (BlockSize - GdbmElement.FirstOffset) / GdbmElement.Size;

    /// <summary>A directory of one block.</summary>
    private const int MinDirectoryBits = 9;

    /// <summary>Keys that need more have the same hash, more of them than a bucket holds.</summary>
    private const int MaxDirectoryBits = GdbmHeader.MaxDirectoryBits;

    private readonly ArrayBufferWriter<byte> _data = new();
    private readonly List<GdbmElement> _elements = [];

    /// <summary>Keys with the same first <paramref name="Bits"/> bits of their hash: elements that follow each other.</summary>
    private readonly record struct Bucket(int Bits, int First, int Count);

    /// <summary>Adds a record. That its key is new is for <see cref="FindDuplicate"/> to tell.</summary>
    /// <exception cref="GdbmException">Longer than <see cref="GdbmReader.MaxRecord"/>: readers would take it for damage.</exception>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if ((long)key.Length + value.Length > GdbmReader.MaxRecord)
        {
            throw new GdbmException($"a record of more than {GdbmReader.MaxRecord} bytes");
        }

        // Until the layout is known, offsets count from the first record.
        _elements.Add(new GdbmElement(GdbmHash.Of(key), _data.WrittenCount, key.Length, value.Length));
        _data.Write(key);
        _data.Write(value);
    }

    /// <summary>The key that was the first to come a second time; <c>null</c>: every key came once.</summary>
    public byte[]? FindDuplicate()
    {
        Sort();
        GdbmElement? earliest = null;
        for (int i = 0; i < _elements.Count; i++)
        {
            if (CameBefore(i) && !(earliest?.DataOffset < _elements[i].DataOffset))
            {
                earliest = _elements[i];
            }
        }

        return earliest is { } found ? Key(found).ToArray() : null;
    }

    /// <summary>The file, in parts that follow each other.</summary>
    /// <exception cref="GdbmException">The format cannot hold so many keys of the same hash.</exception>
    public IReadOnlyList<ReadOnlyMemory<byte>> Build()
    {
        Sort();
        List<Bucket> buckets = [];
        Split(new Bucket(0, 0, _elements.Count), prefix: 0, buckets);

        int directoryBits = Math.Max(MinDirectoryBits, buckets.Max(bucket => bucket.Bits));
        long firstBucket = BlockSize + ((long)sizeof(long) << directoryBits);
        long firstRecord = firstBucket + ((long)buckets.Count * BlockSize);
        long end = firstRecord + _data.WrittenCount;
        byte[] padding = new byte[(BlockSize - (end % BlockSize)) % BlockSize];

        byte[] head = new byte[firstRecord];
        new GdbmHeader(BlockSize, directoryBits, BlockSize, BucketElements).Write(head.AsSpan(0, BlockSize), end + padding.Length);
        Span<long> directory = MemoryMarshal.Cast<byte, long>(head.AsSpan(BlockSize, (int)firstBucket - BlockSize));
        for (int i = 0; i < buckets.Count; i++)
        {
            long offset = firstBucket + ((long)i * BlockSize);
            int entries = 1 << (directoryBits - buckets[i].Bits);
            directory[..entries].Fill(offset);
            directory = directory[entries..];
            Fill(head.AsSpan((int)offset, BlockSize), buckets[i], firstRecord);
        }

        return [head, _data.WrittenMemory, padding];
    }

    /// <summary>By hash, so that each bucket's elements follow each other; those of one hash stay in the order they came.</summary>
    private void Sort() => _elements.Sort(static (a, b) =>
        a.Hash != b.Hash ? a.Hash.CompareTo(b.Hash) : a.DataOffset.CompareTo(b.DataOffset));

    /// <summary>Halves a bucket until it holds no more than there is room for.</summary>
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

    private bool CameBefore(int index)
    {
        GdbmElement element = _elements[index];
        for (int i = index - 1; i >= 0 && _elements[i].Hash == element.Hash; i--)
        {
            if (Key(_elements[i]).SequenceEqual(Key(element)))
            {
                return true;
            }
        }

        return false;
    }

    private void Fill(Span<byte> bytes, Bucket bucket, long firstRecord)
    {
        MemoryMarshal.Write(bytes[GdbmReader.BucketBitsOffset..], bucket.Bits);
        MemoryMarshal.Write(bytes[BucketCountOffset..], bucket.Count);
        for (int slot = 0; slot < BucketElements; slot++)
        {
            MemoryMarshal.Write(Slot(bytes, slot), GdbmElement.Empty);
        }

        foreach (GdbmElement element in CollectionsMarshal.AsSpan(_elements).Slice(bucket.First, bucket.Count))
        {
            int slot = element.Hash % BucketElements;
            while (MemoryMarshal.Read<int>(Slot(bytes, slot)) != GdbmElement.Empty)
            {
                slot = (slot + 1) % BucketElements;
            }

            (element with { DataOffset = firstRecord + element.DataOffset }).Write(Slot(bytes, slot), Key(element));
        }
    }

    private static Span<byte> Slot(Span<byte> bucket, int slot) =>
        bucket.Slice(GdbmElement.FirstOffset + (slot * GdbmElement.Size), GdbmElement.Size);

    private ReadOnlySpan<byte> Key(GdbmElement element) =>
        _data.WrittenSpan.Slice((int)element.DataOffset, element.KeySize);
}
