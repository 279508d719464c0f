// The command line of the benchmark.
using Authd.Bench.Scenarios;

namespace Authd.Bench;

/// <summary>What to run, how thoroughly, and where the report goes.</summary>
/// <param name="Only">The one scenario to run; null for all.</param>
/// <param name="Effort">Rounds and times.</param>
/// <param name="Output">Directory for the report; null for none. A full run writes into the repository.</param>
internal sealed record Options(string? Only, Effort Effort, string? Output)
{
    /// <summary>How to call it.</summary>
    internal const string Usage = "usage: bench [--quick] [--only NAME] [--out DIR]";

    private const string PublishedOutput = "docs/bench";

    /// <summary>Reads the arguments; null when they make no sense.</summary>
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
        bool isForPublication = options is { Only: null, Output: null } && options.Effort == Effort.Full;
        return isForPublication ? options with { Output = PublishedOutput } : options;
    }
}
