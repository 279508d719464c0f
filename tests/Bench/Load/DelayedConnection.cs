// A connection through the delaying proxy, whose two directions end together.
using System.Net;
using System.Net.Sockets;

namespace Authd.Bench.Load;

/// <summary>A client's connection and its connection to the server.</summary>
internal sealed class DelayedConnection : IDisposable
{
    private readonly Socket _client;
    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly DelayedFlow _there;
    private readonly DelayedFlow _back;

    internal DelayedConnection(Socket client, IPEndPoint server)
    {
        _client = client;
        _server.Connect(server);
        _client.NoDelay = true;
        _server.NoDelay = true;
        _there = new DelayedFlow(_client, _server);
        _back = new DelayedFlow(_server, _client);
    }

    /// <summary>The two sockets to watch for input.</summary>
    internal Socket[] Sources => [_client, _server];

    /// <summary>The time when the next bytes must be sent, in Stopwatch ticks.</summary>
    internal long NextDue => Math.Min(_there.NextDue, _back.NextDue);

    /// <summary>
    /// Takes the input of the sources that are ready, with the time at which it is due, and sends the bytes that are due now.
    /// Returns false once an end of the connection was passed on.
    /// </summary>
    internal bool Pump(bool clientReady, bool serverReady, long due, long now)
    {
        if (clientReady)
        {
            _there.Receive(due);
        }
        if (serverReady)
        {
            _back.Receive(due);
        }
        return _there.SendDue(now) && _back.SendDue(now);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }
}
