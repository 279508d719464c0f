// SHA-256's compression function (FIPS 180-4, 6.2.2).
using System.Numerics;

namespace Authd.Core.Passwords;

internal sealed class Sha256Chaining : ChainingHash
{
    // FIPS 180-4, 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static readonly uint[] Constants =
    [
        0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
        0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
        0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
        0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
        0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
        0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
        0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
        0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
    ];

    private Sha256Chaining()
        : base(
            [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19],
            littleEndian: false)
    {
    }

    public static Sha256Chaining Instance { get; } = new();

    protected override void Compress(Span<uint> state, ReadOnlySpan<uint> block)
    {
        Span<uint> w = stackalloc uint[64];
        block.CopyTo(w);
        for (int t = 16; t < w.Length; t++)
        {
            uint s0 = Turn(w[t - 15], 7) ^ Turn(w[t - 15], 18) ^ (w[t - 15] >> 3);
            uint s1 = Turn(w[t - 2], 17) ^ Turn(w[t - 2], 19) ^ (w[t - 2] >> 10);
            w[t] = w[t - 16] + s0 + w[t - 7] + s1;
        }

        // v holds the standard's working variables a to h.
        Span<uint> v = stackalloc uint[8];
        state.CopyTo(v);
        for (int t = 0; t < w.Length; t++)
        {
            uint s1 = Turn(v[4], 6) ^ Turn(v[4], 11) ^ Turn(v[4], 25);
            uint choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
            uint t1 = v[7] + s1 + choice + Constants[t] + w[t];
            uint s0 = Turn(v[0], 2) ^ Turn(v[0], 13) ^ Turn(v[0], 22);
            uint majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
            v[..7].CopyTo(v[1..]);
            v[4] += t1;
            v[0] = t1 + s0 + majority;
        }

        for (int i = 0; i < state.Length; i++)
        {
            state[i] += v[i];
        }
    }

    private static uint Turn(uint word, int by) => BitOperations.RotateRight(word, by);
}
