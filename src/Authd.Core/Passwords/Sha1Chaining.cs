// SHA-1's compression function (FIPS 180-4, 6.1.2).
using System.Numerics;

namespace Authd.Core.Passwords;

internal sealed class Sha1Chaining : ChainingHash
{
    private Sha1Chaining()
        : base([0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0], littleEndian: false)
    {
    }

    public static Sha1Chaining Instance { get; } = new();

    protected override void Compress(Span<uint> state, ReadOnlySpan<uint> block)
    {
        Span<uint> w = stackalloc uint[80];
        block.CopyTo(w);
        for (int t = 16; t < w.Length; t++)
        {
            w[t] = BitOperations.RotateLeft(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
        }

        uint a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
        for (int t = 0; t < w.Length; t++)
        {
            (uint mixed, uint constant) = (t / 20) switch
            {
                0 => ((b & c) ^ (~b & d), 0x5A827999u),
                1 => (b ^ c ^ d, 0x6ED9EBA1u),
                2 => ((b & c) ^ (b & d) ^ (c & d), 0x8F1BBCDCu),
                _ => (b ^ c ^ d, 0xCA62C1D6u),
            };
            uint next = BitOperations.RotateLeft(a, 5) + mixed + e + constant + w[t];
            (a, b, c, d, e) = (next, a, BitOperations.RotateLeft(b, 30), c, d);
        }

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
    }
}
