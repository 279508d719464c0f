// A daemon that answers every request with the same bytes, on a socket of its own.
using System.Net.Sockets;
using Authd.Core;
using Authd.Tests.Support;

namespace Authd.Tests.Unit.Tools;

/// <summary>Accepts one connection after another; keeps what each one sent. With no reply it stays silent and connected.</summary>
internal sealed class FakeDaemon : IDisposable
{
    private readonly ScratchDirectory _directory = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly List<Socket> _open = [];
    private readonly List<string> _requests = [];
    private readonly string[] _replies;
    private readonly bool _closes;
    private readonly Thread _thread;

    /// <summary>Sends <paramref name="replies"/>, each in a write of its own, then closes, unless told to stay.</summary>
    public FakeDaemon(string[] replies, bool closes = true)
    {
        _replies = replies;
        _closes = closes;
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen();
        _thread = new Thread(Serve);
        _thread.Start();
    }

    public string SocketPath => _directory["socket"];

    /// <summary>The only request that came.</summary>
    public string Request => _requests.Single();

    /// <summary>How many came.</summary>
    public int RequestCount => _requests.Count;

    public void Dispose()
    {
        _listener.Shutdown(SocketShutdown.Both);
        _thread.Join();
        _listener.Dispose();
        _open.ForEach(static connection => connection.Dispose());
        _directory.Dispose();
    }

    private void Serve()
    {
        while (Accept() is { } connection)
        {
            _open.Add(connection);
            byte[] buffer = new byte[65536];

            // A request is one write of the client, and so one read.
            _requests.Add(WireText.FromBytes(buffer.AsSpan(0, connection.Receive(buffer))));
            foreach (string reply in _replies)
            {
                connection.Send(WireText.ToBytes(reply));
            }

            if (_closes)
            {
                connection.Close();
            }
        }
    }

    /// <summary>The next connection; <c>null</c> once the listener is shut down.</summary>
    private Socket? Accept()
    {
        try
        {
            return _listener.Accept();
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.InvalidArgument or SocketError.OperationAborted)
        {
            return null;
        }
    }
}
