using System.Buffers;
using System.Buffers.Binary;

namespace Authd.Modules.Vchkpw.Cdb;

/// <summary>Builds the bytes of a cdb file in memory.</summary>
public sealed class CdbWriter
{
    private readonly ArrayBufferWriter<byte> _body = new();
    private readonly List<(uint Hash, uint Position)>[] _tables =
        [.. Enumerable.Range(0, CdbFormat.Tables).Select(static _ => new List<(uint, uint)>())];

    /// <summary>The offset in the file of the next byte of the body.</summary>
    private uint Position => (uint)(CdbFormat.FirstRecord + _body.WrittenCount);

    /// <summary>Adds a record. Of several records with the same key, readers find the first.</summary>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data)
    {
        uint hash = CdbFormat.Hash(key);
        _tables[hash % CdbFormat.Tables].Add((hash, Position));
        WritePair(_body, (uint)key.Length, (uint)data.Length);
        _body.Write(key);
        _body.Write(data);
    }

    /// <summary>The whole file, in consecutive parts; nothing can be added afterwards.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Finish()
    {
        ArrayBufferWriter<byte> head = new(CdbFormat.FirstRecord);
        foreach (List<(uint Hash, uint Position)> table in _tables)
        {
            (uint Hash, uint Position)[] slots = Arrange(table);
            WritePair(head, Position, (uint)slots.Length);
            Array.ForEach(slots, slot => WritePair(_body, slot.Hash, slot.Position));
        }

        return [head.WrittenMemory, _body.WrittenMemory];
    }

    /// <summary>Makes twice as many slots as records; each record is in the first free slot from its own on.</summary>
    private static (uint Hash, uint Position)[] Arrange(List<(uint Hash, uint Position)> table)
    {
        (uint Hash, uint Position)[] slots = new (uint, uint)[table.Count * 2];
        foreach ((uint hash, uint position) in table)
        {
            long slot = hash / CdbFormat.Tables % slots.Length;
            while (slots[slot].Position != 0)
            {
                slot = (slot + 1) % slots.Length;
            }

            slots[slot] = (hash, position);
        }

        return slots;
    }

    private static void WritePair(ArrayBufferWriter<byte> output, uint first, uint second)
    {
        Span<byte> pair = output.GetSpan(CdbFormat.PairSize);
        BinaryPrimitives.WriteUInt32LittleEndian(pair, first);
        BinaryPrimitives.WriteUInt32LittleEndian(pair[4..], second);
        output.Advance(CdbFormat.PairSize);
    }
}
