using System.Globalization;
using System.Net.Sockets;
using Authd.Core;

namespace Authd.Tests.Support;

/// <summary>A daemon that answers every request with the same bytes, on a socket of its own, and keeps the requests. Without a
/// reply it stays connected and silent.</summary>
public sealed class FakeDaemon : IDisposable
{
    private readonly ScratchDirectory _directory = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly List<Socket> _open = [];
    private readonly List<string> _requests = [];
    private readonly string[] _replies;
    private readonly bool _closes;
    private readonly Thread _thread;

    /// <summary>Serves until disposed.</summary>
    /// <param name="replies">The reply to each connection, in parts that are written separately.</param>
    /// <param name="closes">Whether the connection ends after them.</param>
    /// <param name="socketPath">The socket's path; by default in a directory of its own.</param>
    public FakeDaemon(string[] replies, bool closes = true, string? socketPath = null)
    {
        SocketPath = socketPath ?? _directory["socket"];
        _replies = replies;
        _closes = closes;
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen();
        _thread = new Thread(Serve);
        _thread.Start();
    }

    /// <summary>The socket's path.</summary>
    public string SocketPath { get; }

    /// <summary>The bytes received on each connection.</summary>
    public IReadOnlyList<string> Requests => _requests;

    /// <inheritdoc/>
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
            _requests.Add(ReadRequest(connection));
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

    private static string ReadRequest(Socket connection)
    {
        string request = "";
        byte[] buffer = new byte[65536];
        int count;
        do
        {
            count = connection.Receive(buffer);
            request += WireText.FromBytes(buffer.AsSpan(0, count));
        }
        while (count > 0 && !IsWhole(request));
        return request;
    }

    /// <summary>Whether there is a command line, and after AUTH as many bytes as it announces.</summary>
    private static bool IsWhole(string request)
    {
        string command =
            request[(request.StartsWith("TCPREMOTEIP=", StringComparison.Ordinal) ? request.IndexOf('\n') + 1 : 0)..];
        string[] lines = command.Split('\n', 2);
        return lines is [var line, var rest]
            && (!line.StartsWith("AUTH ", StringComparison.Ordinal)
                || rest.Length >= int.Parse(line[5..], CultureInfo.InvariantCulture));
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
