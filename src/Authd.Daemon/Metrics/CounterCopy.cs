using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Authd.Core.Metrics;

namespace Authd.Daemon.Metrics;

/// <summary>A copy of the counters, as it is sent to the commands that show them: the head, then each slot in use as its number
/// and its words.</summary>
internal static class CounterCopy
{
    /// <summary>Packs a copy.</summary>
    internal static byte[] Pack(CounterMemory counters)
    {
        int[] slots = [.. counters.UsedSlots];
        int headBytes = counters.Head.Length * sizeof(long);
        int slotBytes = sizeof(int) + (CounterMemory.SlotWords * sizeof(long));
        byte[] copy = new byte[headBytes + (slots.Length * slotBytes)];
        MemoryMarshal.AsBytes(counters.Head).CopyTo(copy);
        for (int i = 0; i < slots.Length; i++)
        {
            Span<byte> place = copy.AsSpan(headBytes + (i * slotBytes), slotBytes);
            BinaryPrimitives.WriteInt32LittleEndian(place, slots[i]);
            MemoryMarshal.AsBytes(counters.Slot(slots[i])).CopyTo(place[sizeof(int)..]);
        }

        return copy;
    }

    /// <summary>Reads the result of <see cref="Pack"/>.</summary>
    /// <exception cref="IOException">The copy is of another version, or malformed.</exception>
    internal static CounterMemory Unpack(ReadOnlySpan<byte> copy)
    {
        long[] words = new long[CounterMemory.Words];
        int headBytes = CounterMemory.HeadWords * sizeof(long);
        int slotBytes = sizeof(int) + (CounterMemory.SlotWords * sizeof(long));
        if (copy.Length < headBytes || (copy.Length - headBytes) % slotBytes != 0)
        {
            throw OtherVersion(null);
        }

        copy[..headBytes].CopyTo(MemoryMarshal.AsBytes(words.AsSpan()));
        try
        {
            CounterMemory counters = new(words);
            for (ReadOnlySpan<byte> rest = copy[headBytes..]; !rest.IsEmpty; rest = rest[slotBytes..])
            {
                int slot = BinaryPrimitives.ReadInt32LittleEndian(rest);
                if (slot is < 0 or > CounterMemory.Slots)
                {
                    throw OtherVersion(null);
                }

                rest[sizeof(int)..slotBytes].CopyTo(MemoryMarshal.AsBytes(counters.Slot(slot)));
            }

            return counters;
        }
        catch (ArgumentException e)
        {
            throw OtherVersion(e);
        }
    }

    private static IOException OtherVersion(Exception? cause) =>
        new("the running daemon counts in another way than this authdaemond: it is of another version; restart it", cause);
}
