using System.Net;
using System.Net.Sockets;

namespace Authd.Tests.Integration.Support;

/// <summary>
/// Imitates a server that is far away: passes connections on to a port of this machine, and delays the server's data by at least
/// a fixed time. A test may rely on no more than that.
/// </summary>
internal sealed class FarServer : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly int _port;
    private readonly int _milliseconds;

    public FarServer(int port, int milliseconds)
    {
        (_port, _milliseconds) = (port, milliseconds);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        new Thread(Serve) { IsBackground = true, Name = "far server" }.Start();
    }

    /// <summary>The port on 127.0.0.1 to connect to.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public void Dispose() => _listener.Dispose();

    private void Serve()
    {
        try
        {
            while (true)
            {
                Socket client = _listener.Accept();
                Socket server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                server.Connect(IPAddress.Loopback, _port);
                (client.NoDelay, server.NoDelay) = (true, true);
                HandOn(client, server, 0);
                HandOn(server, client, _milliseconds);
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static void HandOn(Socket from, Socket to, int milliseconds) => new Thread(() =>
    {
        byte[] buffer = new byte[65536];
        try
        {
            for (int count; (count = from.Receive(buffer)) > 0;)
            {
                Thread.Sleep(milliseconds);
                to.Send(buffer.AsSpan(0, count));
            }
        }
        catch (SocketException)
        {
            // One end is closed, and the other with it.
        }

        from.Dispose();
        to.Dispose();
    })
    { IsBackground = true, Name = "far server's connection" }.Start();
}
