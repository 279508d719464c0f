// MD5's compression function (RFC 1321).
using System.Numerics;

namespace Authd.Core.Passwords;

internal sealed class Md5Chaining : ChainingHash
{
    // RFC 1321, 3.4: the integer part of 4294967296 times abs(sin(i)), i in radians.
    private static readonly uint[] Sines =
        [.. Enumerable.Range(1, 64).Select(i => (uint)Math.Floor(Math.Abs(Math.Sin(i)) * 4294967296.0))];

    /// <summary>Rotations: four a round, taken in turn.</summary>
    private static readonly int[][] Rotations = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

    private Md5Chaining()
        : base([0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476], littleEndian: true)
    {
    }

    public static Md5Chaining Instance { get; } = new();

    protected override void Compress(Span<uint> state, ReadOnlySpan<uint> block)
    {
        uint a = state[0], b = state[1], c = state[2], d = state[3];
        for (int i = 0; i < 64; i++)
        {
            int round = i / 16;
            (uint mixed, int word) = round switch
            {
                0 => ((b & c) | (~b & d), i),
                1 => ((d & b) | (~d & c), ((5 * i) + 1) % 16),
                2 => (b ^ c ^ d, ((3 * i) + 5) % 16),
                _ => (c ^ (b | ~d), 7 * i % 16),
            };
            uint turned = BitOperations.RotateLeft(a + mixed + block[word] + Sines[i], Rotations[round][i % 4]);
            (a, b, c, d) = (d, b + turned, b, c);
        }

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
    }
}
