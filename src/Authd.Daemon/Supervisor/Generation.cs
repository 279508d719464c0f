// The workers of one configuration. A reload starts a new generation before it tells the old one to leave.
using Authd.Daemon.Configuration;

namespace Authd.Daemon.Supervisor;

/// <summary>As many workers as `daemons=` asks for, all with the same configuration.</summary>
internal sealed class Generation(LoadedConfiguration configuration, ISupervisorHost host)
{
    private readonly List<IWorker> _workers = [];

    internal LoadedConfiguration Configuration => configuration;

    internal IReadOnlyList<IWorker> Workers => _workers;

    internal int Missing => configuration.Settings.Daemons - _workers.Count;

    /// <summary>
    /// The number of workers that accept clients all the time. One worker serves many clients at once. With more than half as
    /// many workers as processors, they only wake each other for clients that are already taken, and compete with those clients
    /// and the database servers for the processors.
    /// </summary>
    internal int Listening => configuration switch
    {
        { Limits.Listening: > 0 and var asked } => asked,
        _ => Math.Max(1, Environment.ProcessorCount / 2),
    };

    internal bool AllReady => Missing == 0 && _workers.TrueForAll(static worker => worker.Ready);

    /// <summary>Starts the workers that are missing.</summary>
    /// <exception cref="IOException">A worker cannot be started; those before it run.</exception>
    internal void Fill()
    {
        while (Missing > 0)
        {
            int listening = _workers.Count(static worker => !worker.StandsBy);
            _workers.Add(host.Start(configuration, standsBy: listening >= Listening));
        }
    }

    /// <summary>Removes a worker that has ended; false when it belongs to another generation.</summary>
    internal bool Remove(IWorker worker) => _workers.Remove(worker);
}
