using System.Globalization;
using Authd.Bench.Load;
using Authd.Bench.Measure;
using Authd.Tests.Support;

namespace Authd.Bench.Scenarios;

/// <summary>Lookups by sixteen clients while a number of silent clients is connected.</summary>
internal sealed class SilentScenario(int silent) : Scenario(string.Create(CultureInfo.InvariantCulture, $"silent-{silent}"))
{
    private const int Clients = 16;
    private const double TolerableSlowdown = 2;
    private static readonly Panel Panel =
        new("silent.svg", "userdb lookups a second of 16 clients while others are connected and silent", "silent clients");

    // Long enough for the workers to take the silent connections, shorter than the time after which they drop them.
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(300);

    /// <inheritdoc/>
    internal override IReadOnlyList<Metric> Metrics
    {
        get
        {
            string number = silent.ToString(CultureInfo.InvariantCulture);
            Metric[] always =
            [
                new(Section.SilentClients, $"{number} silent: lookups", "/s", Plot: new PlotPoint(Panel, number)),
                new(Section.SilentClients, $"{number} silent: 99th percentile of the wait", "ms"),
            ];
            Metric slowdown = new(
                Section.SilentClients, $"{number} silent: slowed down", "times", Target.OursAtMost(TolerableSlowdown));
            return silent == 0 ? always : [.. always, slowdown];
        }
    }

    /// <inheritdoc/>
    /// <remarks>A stalled daemon takes the whole patience, every time.</remarks>
    internal override int Rounds(Effort effort) => 1;

    /// <inheritdoc/>
    internal override async Task<Outcome> MeasureAsync(Testbed testbed, Contender contender, Effort effort)
    {
        IAuthDaemon daemon = await testbed.DaemonAsync(Backend.Userdb, contender);
        using LoadGenerator generator = new(daemon.SocketPath, RequestList.Lookups(Backend.Userdb));
        LoadResult alone = generator.Run(Clients, effort.Duration, effort.Patience);
        using SilentClients others = new(daemon.SocketPath, silent);
        await Task.Delay(Settling);
        LoadResult beside = generator.Run(Clients, effort.Duration, effort.Patience);
        Reading wait = beside.Unanswered > 0
            ? new Reading(effort.Patience.TotalMilliseconds, IsLowerBound: true)
            : new Reading(beside.Percentile(0.99).TotalMilliseconds);
        Reading[] readings = [new(beside.PerSecond), wait, new(alone.PerSecond / beside.PerSecond)];
        return new Outcome(readings[..Metrics.Count], alone.Wrong + beside.Wrong);
    }
}
