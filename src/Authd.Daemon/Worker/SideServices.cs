using Authd.Core.Logging;
using Authd.Daemon.Control;
using Authd.Daemon.Metrics;
using Authd.Linux.Events;

namespace Authd.Daemon.Worker;

/// <summary>A worker's listeners besides those for clients: the control socket and the metrics.</summary>
internal sealed class SideServices : IDisposable
{
    private readonly List<SideListener> _listeners = [];

    /// <summary>Listens on the sockets that the worker has inherited.</summary>
    /// <param name="shared">The worker's sockets and counters.</param>
    /// <param name="explained">Explains a request.</param>
    /// <param name="log">The log.</param>
    internal static SideServices Start(WorkerResources shared, ExplainedRequest explained, Log log)
    {
        SideServices services = new();
        if (shared is not { All: { } counters, Changes: { } changes })
        {
            return services;
        }

        EventLoop events = EventLoop.OfProcess;
        if (shared.Control is { } control)
        {
            ControlServer server = new(counters, changes, shared.Store, explained.TellAsync, log);
            services._listeners.Add(new SideListener(control, events, ControlServer.Limit, server.ServeAsync, log));
        }

        if (shared.Metrics is { } metrics)
        {
            MetricsServer server = new(counters);
            services._listeners.Add(new SideListener(metrics, events, MetricsServer.Limit, server.ServeAsync, log));
        }

        return services;
    }

    public void Dispose() => _listeners.ForEach(static listener => listener.Dispose());
}
