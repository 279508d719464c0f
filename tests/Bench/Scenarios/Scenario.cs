// Something that is measured of both daemons in turn.
using Authd.Bench.Measure;

namespace Authd.Bench.Scenarios;

/// <summary>A named measurement that yields a value for each of its metrics.</summary>
internal abstract class Scenario(string name)
{
    /// <summary>What <c>--only</c> calls it.</summary>
    internal string Name { get; } = name;

    /// <summary>What its values mean, in the order of <see cref="Outcome.Readings"/>.</summary>
    internal abstract IReadOnlyList<Metric> Metrics { get; }

    /// <summary>How many rounds; scenarios whose value does not vary, or takes long, need only one.</summary>
    internal virtual int Rounds(Effort effort) => effort.Rounds;

    /// <summary>Dovecot's auth is measured, too.</summary>
    internal virtual bool IsForDovecot => false;

    /// <summary>Measures one daemon once.</summary>
    internal abstract Task<Outcome> MeasureAsync(Testbed testbed, Contender contender, Effort effort);

    /// <summary>A value for each metric, and how many replies were wrong.</summary>
    internal sealed record Outcome(Reading[] Readings, int Wrong = 0);
}
