using System.Net.Sockets;

namespace Authd.Bench.Load;

/// <summary>Clients that connect and send nothing; closed when disposed.</summary>
internal sealed class SilentClients : IDisposable
{
    private readonly List<Socket> _connections = [];

    internal SilentClients(string socketPath, int count)
    {
        for (int number = 0; number < count; number++)
        {
            Socket connection = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            _connections.Add(connection);
            connection.Connect(new UnixDomainSocketEndPoint(socketPath));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connections.ForEach(connection => connection.Dispose());
}
