namespace Authd.Modules.Userdb.Gdbm;

/// <summary>The hash function of the GDBM file format: it determines a key's directory entry and first slot.</summary>
public static class GdbmHash
{
    /// <summary>Number of bits in a hash.</summary>
    public const int Bits = 31;

    private const int Mask = 0x7FFFFFFF;

    /// <summary>The 31-bit hash of <paramref name="key"/>.</summary>
    public static int Of(ReadOnlySpan<byte> key)
    {
        int value = unchecked(0x238F13AF * key.Length);
        for (int i = 0; i < key.Length; i++)
        {
            value = unchecked(value + ((sbyte)key[i] << (i * 5 % 24))) & Mask;
        }

        return unchecked((1103515243 * value) + 12345) & Mask;
    }
}
