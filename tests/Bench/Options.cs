using Authd.Bench.Scenarios;

namespace Authd.Bench;

/// <summary>The command line of the benchmark: its scenarios, effort, and the report's place.</summary>
/// <param name="Only">The one scenario to run; null for all.</param>
/// <param name="Effort">Rounds and times.</param>
/// <param name="Output">Directory for the report; null for none. A full run writes into the repository.</param>
/// <param name="Simulates">The tables of SCALING.md instead, which is in <paramref name="Output"/>.</param>
internal sealed record Options(string? Only, Effort Effort, string? Output, bool Simulates = false)
{
    /// <summary>The usage line.</summary>
    internal const string Usage = "usage: bench [--quick] [--only NAME | --simulate] [--out DIR]";

    private const string PublishedOutput = "docs/bench";

    /// <summary>Reads the arguments; null when they are invalid.</summary>
    internal static Options? Parse(string[] arguments)
    {
        Options options = new(null, Effort.Full, null);
        for (int index = 0; index < arguments.Length; index++)
        {
            string? value = index + 1 < arguments.Length ? arguments[index + 1] : null;
            switch (arguments[index])
            {
                case "--quick":
                    options = options with { Effort = Effort.Quick };
                    break;
                case "--simulate":
                    options = options with { Simulates = true };
                    break;
                case "--only" when value is not null:
                    options = options with { Only = value };
                    index++;
                    break;
                case "--out" when value is not null:
                    options = options with { Output = value };
                    index++;
                    break;
                default:
                    return null;
            }
        }
        bool isForPublication = options is { Only: null, Output: null, Simulates: false } && options.Effort == Effort.Full;
        return isForPublication ? options with { Output = PublishedOutput } : options;
    }
}
