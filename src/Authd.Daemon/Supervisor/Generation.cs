// The workers of one configuration: a reload brings a new generation up before it sends the old one away.
using Authd.Daemon.Configuration;

namespace Authd.Daemon.Supervisor;

/// <summary>As many workers as `daemons=` says, all with the same configuration.</summary>
internal sealed class Generation(LoadedConfiguration configuration, ISupervisorHost host)
{
    private readonly List<IWorker> _workers = [];

    internal LoadedConfiguration Configuration => configuration;

    internal IReadOnlyList<IWorker> Workers => _workers;

    internal int Missing => configuration.Settings.Daemons - _workers.Count;

    /// <summary>
    /// How many workers accept clients all the time. One serves many clients at once, so that more of them than half the
    /// processors only wake each other for clients that one has taken already, and take the processors from those clients
    /// and the database servers.
    /// </summary>
    internal int Listening => configuration switch
    {
        { Limits.Listening: > 0 and var asked } => asked,
        _ => Math.Max(1, Environment.ProcessorCount / 2),
    };

    internal bool AllReady => Missing == 0 && _workers.TrueForAll(static worker => worker.Ready);

    /// <summary>Starts the workers that are missing.</summary>
    /// <exception cref="IOException">One cannot be started; those before it run.</exception>
    internal void Fill()
    {
        while (Missing > 0)
        {
            int listening = _workers.Count(static worker => !worker.StandsBy);
            _workers.Add(host.Start(configuration, standsBy: listening >= Listening));
        }
    }

    /// <summary>Forgets a worker that has ended; false when it is not one of these.</summary>
    internal bool Remove(IWorker worker) => _workers.Remove(worker);
}
