// Mutated input for all readers of foreign bytes. `make test` runs 20,000 rounds for each, and fewer on files; `make fuzz` 20
// times as many.
using System.Globalization;
using Xunit.Sdk;

namespace Authd.Tests.Unit.Fuzz;

/// <summary>Makes inputs from good ones. The same seed makes the same inputs; a failure shows the input.</summary>
internal static class Fuzzer
{
    private const string RoundsVariable = "AUTHD_FUZZ_ROUNDS";
    private const string SeedVariable = "AUTHD_FUZZ_SEED";
    private const int MostBytes = 20_000;

    private static readonly byte[][] Tokens =
    [
        [0], [0xff], [0xff, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0x7f], [0, 0, 0, 0x80], [1, 0, 0, 0], "\n"u8.ToArray(), "\r\n"u8.ToArray(),
        " "u8.ToArray(), "\t"u8.ToArray(), "="u8.ToArray(), ":"u8.ToArray(), ","u8.ToArray(), "-1"u8.ToArray(), "99999999999999999999"u8.ToArray(),
        "AUTH "u8.ToArray(), "PRE . "u8.ToArray(), "PASSWD "u8.ToArray(), "TCPREMOTEIP="u8.ToArray(), "\\"u8.ToArray(), "'"u8.ToArray(),
        "\""u8.ToArray(), "$("u8.ToArray(), "[x]"u8.ToArray(), [0xef, 0xbb, 0xbf],
    ];

    private static int Rounds { get; } = Read(RoundsVariable, 20_000);

    private static int Seed { get; } = Read(SeedVariable, 1);

    /// <summary>Passes mutations of <paramref name="seeds"/> to <paramref name="target"/>, which throws on a mistake.</summary>
    /// <param name="seeds">Good inputs.</param>
    /// <param name="target">The reader.</param>
    /// <param name="slowness">The number of rounds is divided by this for readers of files, which are slow.</param>
    internal static void Run(IReadOnlyList<byte[]> seeds, Action<byte[], Random> target, int slowness = 1)
    {
        Random random = new(Seed);
        for (int round = 0; round < Rounds / slowness; round++)
        {
            byte[] input = Mutate(seeds[random.Next(seeds.Count)], seeds, random);
            try
            {
                target(input, random);
            }
            catch (Exception e)
            {
                throw new XunitException(
                    $"round {round} of seed {Seed}: {e.GetType().Name}: {e.Message}\ninput: {Convert.ToBase64String(input)}", e);
            }
        }
    }

    /// <summary>Cuts <paramref name="input"/> into pieces in which it might arrive.</summary>
    internal static IEnumerable<int> Ends(byte[] input, Random random)
    {
        for (int end = 0; end < input.Length;)
        {
            end = Math.Min(input.Length, end + random.Next(1, 1 + Math.Max(1, input.Length / 3)));
            yield return end;
        }
    }

    private static byte[] Mutate(byte[] seed, IReadOnlyList<byte[]> seeds, Random random)
    {
        List<byte> bytes = [.. seed];
        for (int i = random.Next(6); i >= 0; i--)
        {
            int at = random.Next(bytes.Count + 1);
            switch (random.Next(7))
            {
                case 0 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1 when at < bytes.Count:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.InsertRange(at, Tokens[random.Next(Tokens.Length)]);
                    break;
                case 3:
                    bytes.RemoveRange(at, random.Next(Math.Min(64, bytes.Count - at) + 1));
                    break;
                case 4:
                    bytes.InsertRange(at, bytes.GetRange(at, random.Next(bytes.Count - at + 1)));
                    break;
                case 5:
                    byte[] other = seeds[random.Next(seeds.Count)];
                    bytes.RemoveRange(at, bytes.Count - at);
                    bytes.AddRange(other[random.Next(other.Length + 1)..]);
                    break;
                default:
                    bytes.InsertRange(at, Enumerable.Repeat((byte)random.Next(256), random.Next(10) == 0 ? random.Next(9000) : random.Next(9)));
                    break;
            }
        }

        return [.. bytes.Take(MostBytes)];
    }

    private static int Read(string variable, int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int value) ? value : usual;
}
