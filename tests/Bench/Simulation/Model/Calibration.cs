// The costs of the model, from what two loads have cost the real daemon.
namespace Authd.Bench.Simulation.Model;

/// <summary>The cost of one load, microseconds of processor time a request.</summary>
/// <param name="Clients">The clients' program.</param>
/// <param name="Daemon">All processes of the daemon.</param>
/// <param name="Server">All processes of the server; <c>null</c>: the daemon has no server.</param>
internal sealed record LoadCost(double Clients, double Daemon, double? Server);

/// <summary>A load that was measured.</summary>
/// <param name="Clients">How many asked at once.</param>
/// <param name="PerSecond">Requests a second.</param>
/// <param name="Latency">Mean time of a request, microseconds.</param>
/// <param name="Cost">The cost of a request.</param>
internal sealed record MeasuredLoad(int Clients, double PerSecond, double Latency, LoadCost Cost);

/// <summary>
/// A request costs more when the threads have to be woken for it than when they find it at work. A single client has all of them
/// woken each time; under many clients the model itself says how often, so the costs are found step by step.
/// </summary>
internal static class Calibration
{
    private const int Steps = 10;
    private const double LeastYield = 0.7;

    /// <summary>The costs.</summary>
    /// <param name="lone">One client.</param>
    /// <param name="loaded">Many.</param>
    /// <param name="site">Where.</param>
    internal static ModelCosts Fit(MeasuredLoad lone, MeasuredLoad loaded, ModelSite site)
    {
        (LoadCost single, LoadCost many) = (lone.Cost, loaded.Cost);
        bool hasServer = single.Server is not null;
        (double Clients, double Worker, double Server) alone = (1, hasServer ? 2 : 1, 1);
        (double Clients, double Worker, double Server) crowd = (0, 0, 0);
        double processorTime = single.Clients + single.Daemon + (single.Server ?? 0);
        double delay = Math.Max(0, lone.Latency - processorTime) / (alone.Clients + alone.Worker + (hasServer ? 1 : 0));
        double yield = 1;
        ModelCosts costs = null!;
        for (int step = 0; step < Steps; step++)
        {
            costs = new ModelCosts(
                Split(single.Clients, alone.Clients, many.Clients, crowd.Clients),
                Split(single.Daemon, alone.Worker, many.Daemon, crowd.Worker),
                hasServer ? Split(single.Server!.Value, alone.Server, many.Server!.Value, crowd.Server) : null,
                delay,
                yield);
            ModelResult found = DaemonModel.Run(costs, site, loaded.Clients);
            yield = Math.Clamp(yield * loaded.PerSecond / found.PerSecond, LeastYield, 1);

            // Half a step at a time: more wakes make dearer wakes, and those make fewer.
            crowd = (
                (crowd.Clients + found.ClientWakes) / 2, (crowd.Worker + found.WorkerWakes) / 2, (crowd.Server + found.ServerWakes) / 2);
        }

        return costs;
    }

    /// <summary>The cost of a request and of a wake, from two loads with different numbers of wakes a request.</summary>
    private static PartCost Split(double single, double wakesAlone, double many, double wakesInCrowd)
    {
        double wake = wakesAlone - wakesInCrowd > 0.05 ? Math.Max(0, (single - many) / (wakesAlone - wakesInCrowd)) : 0;
        return new PartCost(Math.Max(0.1, many - (wake * wakesInCrowd)), wake);
    }
}
