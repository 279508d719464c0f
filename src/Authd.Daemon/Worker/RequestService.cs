// The daemon's own socket: courier-authlib's protocol, one request a connection.
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Metrics;
using Authd.Daemon.Clients;
using Authd.Linux.Events;

namespace Authd.Daemon.Worker;

/// <summary>Makes the connections of the daemon's own socket.</summary>
internal sealed class RequestService(
    EventLoop events, RequestHandler handler, Limits limits, ConnectionTimeouts watch, WorkerCounters counters, Log log)
    : IClientService
{
    private readonly RefusedRequests _refused = new(log, TimeProvider.System);

    public IServedClient Open(int descriptor, IWaitingRoom waitingRoom) =>
        new ClientConnection(descriptor, events, handler, limits, watch, waitingRoom, counters, _refused, log);

    /// <summary>Shows the waiting clients to `authdaemond who`. A call at each heartbeat of the worker suffices.</summary>
    internal void Publish() => counters.Show(watch.Snapshot().OfType<ClientConnection>().Select(static client => client.Describe()));

    public void Finish()
    {
        // Each connection ends with its request.
    }

    public void CloseSilent()
    {
        foreach (ClientConnection client in watch.Snapshot().OfType<ClientConnection>())
        {
            client.CloseIfSilent();
        }
    }
}
