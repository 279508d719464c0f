using Authd.Bench.Measure;

namespace Authd.Bench.Scenarios;

/// <summary>A named measurement of each daemon in turn, with a value for each of its metrics.</summary>
internal abstract class Scenario(string name)
{
    /// <summary>Its name for <c>--only</c>.</summary>
    internal string Name { get; } = name;

    /// <summary>The metrics of its values, in the order of <see cref="Outcome.Readings"/>.</summary>
    internal abstract IReadOnlyList<Metric> Metrics { get; }

    /// <summary>The number of rounds; scenarios whose value does not vary, or that take long, need only one.</summary>
    internal virtual int Rounds(Effort effort) => effort.Rounds;

    /// <summary>Dovecot's auth is measured, too.</summary>
    internal virtual bool IsForDovecot => false;

    /// <summary>Measures one daemon once.</summary>
    internal abstract Task<Outcome> MeasureAsync(Testbed testbed, Contender contender, Effort effort);

    /// <summary>A value for each metric, and the number of wrong replies.</summary>
    internal sealed record Outcome(Reading[] Readings, int Wrong = 0);
}
