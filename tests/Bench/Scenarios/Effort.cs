// How long the benchmark may take.
namespace Authd.Bench.Scenarios;

/// <summary>Rounds and times of a run.</summary>
/// <param name="Rounds">How often the two daemons take turns in each scenario.</param>
/// <param name="Duration">Of one measurement under load.</param>
/// <param name="Patience">After which a request that silent clients hold up is given up.</param>
/// <param name="Starts">Daemon starts in a round of measuring the start.</param>
internal sealed record Effort(int Rounds, TimeSpan Duration, TimeSpan Patience, int Starts)
{
    /// <summary>For figures to be published: a few minutes.</summary>
    internal static Effort Full { get; } = new(5, TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(12), 3);

    /// <summary>For a look: about a minute.</summary>
    internal static Effort Quick { get; } = new(2, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(3), 1);
}
