namespace Authd.Daemon.Clients;

/// <summary>The open connections of a socket whose clients stay connected, so that they can be ended.</summary>
/// <param name="open">Makes the connection of a descriptor.</param>
internal sealed class KeptConnections(Func<int, KeptConnection> open) : IClientService
{
    private readonly HashSet<KeptConnection> _open = [];

    public IServedClient Open(int descriptor, IWaitingRoom waitingRoom) => new Tracked(open(descriptor), this);

    public void Finish()
    {
        foreach (KeptConnection connection in Snapshot())
        {
            connection.Leave();
        }
    }

    public void CloseSilent()
    {
        foreach (KeptConnection connection in Snapshot())
        {
            connection.Stop();
        }
    }

    private KeptConnection[] Snapshot()
    {
        lock (_open)
        {
            return [.. _open];
        }
    }

    private sealed class Tracked(KeptConnection connection, KeptConnections all) : IServedClient
    {
        public bool HasLeftItsPlace => false;

        public async Task ServeAsync()
        {
            lock (all._open)
            {
                all._open.Add(connection);
            }

            try
            {
                await connection.ServeAsync();
            }
            finally
            {
                lock (all._open)
                {
                    all._open.Remove(connection);
                }
            }
        }
    }
}
