using Authd.Bench.Load;
using Authd.Bench.Measure;
using Authd.Tests.Support;

namespace Authd.Bench.Scenarios;

/// <summary>Clients that ask as fast as they are answered: requests a second, their latency, and the CPU time of a request in the
/// daemon and the database server.</summary>
internal class LoadScenario : Scenario
{
    private readonly Backend _backend;
    private readonly int _clients;
    private readonly Exchange[] _exchanges;

    internal LoadScenario(string name, string what, Backend backend, int clients, Exchange[] exchanges)
        : base(name)
    {
        _backend = backend;
        _clients = clients;
        _exchanges = exchanges;
        What = $"{what}, {clients} client{(clients == 1 ? "" : "s")}";
    }

    /// <summary>The same requests in Dovecot's protocol; null if it cannot do the job.</summary>
    internal Exchange[]? DovecotExchanges { get; init; }

    /// <inheritdoc/>
    internal override bool IsForDovecot => DovecotExchanges is not null;

    /// <summary>The target for requests a second.</summary>
    internal Target? Throughput { get; init; }

    /// <summary>The target for the CPU time of a request.</summary>
    internal Target? Cpu { get; init; }

    /// <summary>The place of the requests a second in a picture.</summary>
    internal PlotPoint? ThroughputPlot { get; init; }

    /// <summary>The place of the CPU time of a request in a picture.</summary>
    internal PlotPoint? CpuPlot { get; init; }

    private string What { get; }

    /// <inheritdoc/>
    internal override IReadOnlyList<Metric> Metrics
    {
        get
        {
            Metric[] always =
            [
                new(Section.Throughput, What, "/s", Throughput, ThroughputPlot),
                new(Section.Latency, $"{What}: median", "us"),
                new(Section.Latency, $"{What}: 99th percentile", "us"),
                new(Section.Cpu, What, "us", Cpu, CpuPlot),
            ];
            return Testbed.ServerOf(_backend) is { } server
                ? [.. always, new(Section.Cpu, $"{What}: {server}", "us")] : always;
        }
    }

    /// <inheritdoc/>
    internal override async Task<Outcome> MeasureAsync(Testbed testbed, Contender contender, Effort effort)
    {
        IAuthDaemon daemon = await testbed.DaemonAsync(_backend, contender);
        int[] pids = [daemon.Pid, .. ProcessTree.Descendants(daemon.Pid)];
        using ILoad load = CreateLoad(testbed, daemon, contender);
        TimeSpan cpuBefore = ProcessGauge.CpuTime(pids);
        TimeSpan serverBefore = testbed.ServerCpuTime(_backend);
        LoadResult result = load.Run(_clients, effort.Duration, effort.Patience);
        TimeSpan cpu = ProcessGauge.CpuTime(pids) - cpuBefore;
        TimeSpan server = testbed.ServerCpuTime(_backend) - serverBefore;
        Reading[] readings =
        [
            new(result.PerSecond),
            new(result.Percentile(0.5).TotalMicroseconds),
            new(result.Percentile(0.99).TotalMicroseconds),
            new(cpu.TotalMicroseconds / result.Right),
            new(server.TotalMicroseconds / result.Right),
        ];
        return new Outcome(readings[..Metrics.Count], result.Wrong + result.Unanswered);
    }

    /// <summary>The clients.</summary>
    private protected virtual ILoad CreateLoad(Testbed testbed, IAuthDaemon daemon, Contender contender) => new LoadGenerator(
        daemon.SocketPath, contender == Contender.Dovecot ? DovecotExchanges! : _exchanges);
}
