// All listening sockets of a worker, started and finished together.
using Authd.Linux.Events;
using Authd.Linux.Processes;

namespace Authd.Daemon.Worker;

/// <summary>The first is the daemon's own socket, the others are those of authdaemond.ini.</summary>
internal sealed class Listeners(EventLoop events, IReadOnlyList<Listener> servers) : IDisposable
{
    /// <summary>Completes when, after <see cref="Finish"/>, all clients are served.</summary>
    internal Task Finished => Task.WhenAll(servers.Select(static server => server.Finished));

    /// <summary>Starts accepting: all clients or, standing by, those that no other worker takes.</summary>
    internal void Start(bool standsBy) => Each(server => server.Start(standsBy));

    /// <summary>Starts or ends standing by.</summary>
    internal void StandBy(bool standsBy) => Each(server => server.StandBy(standsBy));

    /// <summary>Runs <paramref name="action"/> on the thread that serves clients, which proves that it does not hang.</summary>
    internal void Invoke(Action action) => events.Invoke(action);

    /// <summary>Stops accepting.</summary>
    internal void Finish() => Each(static server => server.Finish());

    /// <summary>Stops accepting at SIGTERM as well; SIGHUP and SIGINT are for the supervisor.</summary>
    internal void FinishOn(HeldSignals signals) => events.Watch(signals.Descriptor, signals, () =>
    {
        while (signals.Next() is not 0 and var number)
        {
            if (number == HeldSignals.SigTerm)
            {
                Each(static server => server.StopAccepting());
            }
        }
    });

    /// <summary>Closes the connections whose request has not arrived yet, including those just accepted.</summary>
    internal void CloseSilentClients() => Each(static server => server.CloseSilentClients());

    public void Dispose() => Each(static server => server.Dispose());

    private void Each(Action<Listener> action)
    {
        foreach (Listener server in servers)
        {
            action(server);
        }
    }
}
