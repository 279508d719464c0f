// One load on one daemon: how fast, and at whose cost.
using Authd.Bench.Load;
using Authd.Bench.Measure;
using Authd.Bench.Simulation.Model;
using Authd.Tests.Support;

namespace Authd.Bench.Simulation;

/// <summary>The result of a load.</summary>
/// <param name="Clients">How many asked at once.</param>
/// <param name="PerSecond">Requests a second.</param>
/// <param name="Latency">Mean time of a request, microseconds.</param>
/// <param name="Cost">Processor time a request.</param>
/// <param name="Statements">Statements of the server, for each request.</param>
/// <param name="Connections">Of the daemon to the server, just behind the load.</param>
/// <param name="Foreign">The share of the processors that went to programs of others, or of other machines on the same hardware.</param>
internal sealed record LoadReading(
    int Clients, double PerSecond, double Latency, LoadCost Cost, double Statements, int Connections, double Foreign)
{
    /// <summary>Others may take so much and the reading still counts.</summary>
    internal const double MostForeign = 0.05;
}

/// <summary>Counters of the server behind a daemon.</summary>
/// <param name="CpuTime">Of its processes; <c>null</c>: the daemon has no server.</param>
/// <param name="StatementsAsync">Statements so far.</param>
/// <param name="ConnectionsAsync">Connections of daemons.</param>
internal sealed record ServerGauge(Func<TimeSpan>? CpuTime, Func<Task<long>> StatementsAsync, Func<Task<int>> ConnectionsAsync)
{
    /// <summary>No server.</summary>
    internal static ServerGauge None { get; } = new(null, static () => Task.FromResult(0L), static () => Task.FromResult(0));
}

/// <summary>Puts loads on a daemon.</summary>
/// <param name="daemon">Warm.</param>
/// <param name="exchanges">Requests and the expected replies.</param>
/// <param name="server">Behind it.</param>
internal sealed class LoadProbe(IAuthDaemon daemon, Exchange[] exchanges, ServerGauge server)
{
    private int _noisy;

    // Readings of one load that may be thrown away because others used the machine.
    private const int MostNoisy = 30;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.5);

    /// <summary>
    /// The median run, by requests a second, of each load. The loads take turns. While others use the machine a run is repeated;
    /// if they do so for long, the run counts with them.
    /// </summary>
    /// <exception cref="InvalidOperationException">A reply was wrong, or none came.</exception>
    internal async Task<IReadOnlyDictionary<int, LoadReading>> MeasureAsync(IReadOnlyList<int> loads, int rounds, TimeSpan duration)
    {
        List<LoadReading> readings = [];
        for (int round = 0; round < rounds; round++)
        {
            foreach (int clients in loads)
            {
                readings.Add(await MeasureQuietAsync(clients, duration));
            }
        }

        return loads.ToDictionary(
            static clients => clients,
            clients => readings.Where(reading => reading.Clients == clients).OrderBy(static reading => reading.PerSecond).ElementAt(rounds / 2));
    }

    private async Task<LoadReading> MeasureQuietAsync(int clients, TimeSpan duration)
    {
        LoadReading best = await MeasureAsync(clients, duration);
        while (best.Foreign > LoadReading.MostForeign && _noisy < MostNoisy)
        {
            _noisy++;
            await Task.Delay(Pause);
            LoadReading next = await MeasureAsync(clients, duration);
            best = next.Foreign < best.Foreign ? next : best;
        }

        return best;
    }

    private async Task<LoadReading> MeasureAsync(int clients, TimeSpan duration)
    {
        int[] pids = [daemon.Pid, .. ProcessTree.Descendants(daemon.Pid)];
        using LoadGenerator generator = new(daemon.SocketPath, exchanges);
        long statements = await server.StatementsAsync();
        TimeSpan ours = Environment.CpuUsage.TotalTime;
        TimeSpan daemons = ProcessGauge.CpuTime(pids);
        TimeSpan servers = server.CpuTime?.Invoke() ?? TimeSpan.Zero;
        TimeSpan machine = ProcessGauge.BusyTime();
        LoadResult result = generator.Run(clients, duration, Patience);
        machine = ProcessGauge.BusyTime() - machine;
        servers = (server.CpuTime?.Invoke() ?? TimeSpan.Zero) - servers;
        daemons = ProcessGauge.CpuTime(pids) - daemons;
        ours = Environment.CpuUsage.TotalTime - ours;
        if (result.Wrong + result.Unanswered > 0)
        {
            throw new InvalidOperationException($"{result.Wrong + result.Unanswered} wrong or missing replies with {clients} clients");
        }

        int connections = await server.ConnectionsAsync();
        return new LoadReading(
            clients,
            result.PerSecond,
            result.Latencies.Average() / 1000,
            new LoadCost(Each(ours), Each(daemons), server.CpuTime is null ? null : Each(servers)),
            (double)(await server.StatementsAsync() - statements) / result.Right,
            connections,
            Math.Max(0, (machine - ours - daemons - servers) / (result.Elapsed * Environment.ProcessorCount)));

        double Each(TimeSpan time) => time.TotalMicroseconds / result.Right;
    }
}
