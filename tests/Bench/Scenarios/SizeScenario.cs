using Authd.Bench.Measure;
using Authd.Tests.Support;

namespace Authd.Bench.Scenarios;

/// <summary>A daemon's size on disk: the program, and the libraries and modules of its own package that it has mapped.</summary>
internal sealed class SizeScenario() : Scenario("size")
{
    private const double LargestBinary = 12;
    private const string OwnLibraries = "courier";

    /// <inheritdoc/>
    internal override IReadOnlyList<Metric> Metrics { get; } =
        [new(Section.Memory, "program and its own libraries on disk", "MB", Target.OursAtMost(LargestBinary))];

    /// <inheritdoc/>
    internal override int Rounds(Effort effort) => 1;

    /// <inheritdoc/>
    internal override async Task<Outcome> MeasureAsync(Testbed testbed, Contender contender, Effort effort)
    {
        IAuthDaemon daemon = await testbed.DaemonAsync(Backend.Pgsql, contender);
        string program = File.ResolveLinkTarget($"/proc/{daemon.Pid}/exe", returnFinalTarget: false)!.FullName;
        IEnumerable<string> libraries = File.ReadLines($"/proc/{daemon.Pid}/maps")
            .Select(line => line[(line.LastIndexOf(' ') + 1)..])
            .Where(path => path.StartsWith("/usr/", StringComparison.Ordinal)
                && path.Contains(OwnLibraries, StringComparison.Ordinal));
        double bytes = libraries.Append(program).Distinct().Sum(path => new FileInfo(path).Length);
        return new Outcome([new Reading(bytes / 1e6)]);
    }
}
