// The constant database: D. J. Bernstein's file format, described in his public-domain cdb.
namespace Authd.Modules.Vchkpw.Cdb;

/// <summary>Constants and hash of the file format. All numbers are unsigned, 32 bits, little-endian. The file begins with 256
/// pairs (position, slots), one for each hash table. The records follow (key length, data length, key, data), then the tables,
/// whose slots are pairs (hash, position of the record).</summary>
internal static class CdbFormat
{
    /// <summary>Number of hash tables.</summary>
    public const int Tables = 256;

    /// <summary>Bytes of a pair of numbers.</summary>
    public const int PairSize = 8;

    /// <summary>The offset of the records.</summary>
    public const int FirstRecord = Tables * PairSize;

    /// <summary>The hash of a key. Its lowest byte selects the table, the rest the slot where the search begins.</summary>
    public static uint Hash(ReadOnlySpan<byte> key)
    {
        uint hash = 5381;
        foreach (byte octet in key)
        {
            hash = unchecked((hash << 5) + hash) ^ octet;
        }

        return hash;
    }
}
