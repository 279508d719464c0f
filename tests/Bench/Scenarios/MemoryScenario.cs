using Authd.Bench.Load;
using Authd.Bench.Measure;
using Authd.Tests.Support;

namespace Authd.Bench.Scenarios;

/// <summary>The memory of an idle daemon after load: PSS of the workers,
/// measured while no other daemon runs that could share pages.</summary>
internal sealed class MemoryScenario(string name, Backend backend, string what, Target? target) : Scenario(name)
{
    private const int Clients = 16;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    internal override IReadOnlyList<Metric> Metrics { get; } =
    [
        new(Section.Memory, $"PSS of an idle worker, {what}", "MB", target),
        new(Section.Memory, $"PSS of all processes, {what}", "MB"),
    ];

    /// <inheritdoc/>
    internal override int Rounds(Effort effort) => 1;

    /// <inheritdoc/>
    internal override async Task<Outcome> MeasureAsync(Testbed testbed, Contender contender, Effort effort)
    {
        await testbed.StopDaemonsAsync();
        IAuthDaemon daemon = await testbed.DaemonAsync(backend, contender);
        using LoadGenerator generator = new(daemon.SocketPath, RequestList.Lookups(backend));
        LoadResult load = generator.Run(Clients, effort.Duration, effort.Patience);
        await Task.Delay(Rest);
        double[] workers = [.. ProcessTree.Children(daemon.Pid).Select(ProcessGauge.PssMegabytes)];
        double all = workers.Sum() + ProcessGauge.PssMegabytes(daemon.Pid);
        return new Outcome([new Reading(workers.Average()), new Reading(all)], load.Wrong + load.Unanswered);
    }
}
