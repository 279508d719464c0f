using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Authd.Bench.Load;

/// <summary>
/// A network with a long delay: a TCP proxy that forwards connections to a server on 127.0.0.1. Each direction is delayed by the
/// same time from the arrival of the bytes, so that a round trip takes twice that, at any rate.
/// </summary>
internal sealed class DelayProxy : IDisposable
{
    private static readonly long LongestWait = Stopwatch.Frequency / 10;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly IPEndPoint _server;
    private readonly long _delay;
    private readonly List<DelayedConnection> _connections = [];
    private readonly Thread _thread;
    private volatile bool _stopped;

    internal DelayProxy(int serverPort, TimeSpan oneWay)
    {
        _server = new IPEndPoint(IPAddress.Loopback, serverPort);
        _delay = (long)(oneWay.TotalSeconds * Stopwatch.Frequency);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _thread = new Thread(Serve) { IsBackground = true, Name = "delay proxy" };
        _thread.Start();
    }

    /// <summary>The port on 127.0.0.1 to connect to.</summary>
    internal int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopped = true;
        _thread.Join();
        _listener.Dispose();
        _connections.ForEach(connection => connection.Dispose());
    }

    private void Serve()
    {
        while (!_stopped)
        {
            Libc.PollEntry[] entries =
                [.. _connections.SelectMany(connection => connection.Sources).Append(_listener).Select(Watch)];
            Wait(entries);
            Pump(entries);
            if (entries[^1].Returned != 0)
            {
                _connections.Add(new DelayedConnection(_listener.Accept(), _server));
            }
        }
    }

    private static Libc.PollEntry Watch(Socket socket) => new() { Fd = (int)socket.Handle, Events = Libc.POLLIN };

    private void Wait(Libc.PollEntry[] entries)
    {
        long now = Stopwatch.GetTimestamp();
        long due = _connections.Select(connection => connection.NextDue).Append(now + LongestWait).Min();
        // Finer than poll's milliseconds, which are as coarse as the delay itself.
        Libc.Poll(entries, Stopwatch.GetElapsedTime(now, Math.Max(now, due)));
    }

    private void Pump(Libc.PollEntry[] entries)
    {
        long now = Stopwatch.GetTimestamp();
        for (int index = _connections.Count - 1; index >= 0; index--)
        {
            DelayedConnection connection = _connections[index];
            bool clientReady = entries[2 * index].Returned != 0;
            bool serverReady = entries[(2 * index) + 1].Returned != 0;
            if (!connection.Pump(clientReady, serverReady, now + _delay, now))
            {
                _connections.RemoveAt(index);
                connection.Dispose();
            }
        }
    }
}
