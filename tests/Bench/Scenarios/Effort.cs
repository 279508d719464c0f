namespace Authd.Bench.Scenarios;

/// <summary>The rounds and times of a run of the benchmark.</summary>
/// <param name="Rounds">The number of turns of each daemon in each scenario.</param>
/// <param name="Duration">The duration of one measurement under load.</param>
/// <param name="Patience">The time after which a request that silent clients hold up is given up.</param>
/// <param name="Starts">Daemon starts in a round of measuring the start.</param>
internal sealed record Effort(int Rounds, TimeSpan Duration, TimeSpan Patience, int Starts)
{
    /// <summary>For published figures: a few minutes.</summary>
    internal static Effort Full { get; } = new(5, TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(12), 3);

    /// <summary>For a quick look: about a minute.</summary>
    internal static Effort Quick { get; } = new(2, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(3), 1);
}
