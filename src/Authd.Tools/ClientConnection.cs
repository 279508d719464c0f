// One connection to the daemon, with the time limits of courier-authlib's library.
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Authd.Core;

namespace Authd.Tools;

/// <summary>A connected socket. A reply that stops coming, for whatever reason, ends where it stopped: the caller sees
/// that it is not whole.</summary>
internal sealed class ClientConnection : IDisposable
{
    /// <summary>Longest reply to PRE, AUTH and PASSWD, bytes.</summary>
    private const int MaxReply = 8191;

    private const int ConnectSeconds = 10;
    private const int WriteSeconds = 10;
    private const int ReplySeconds = 30;
    private const int EnumerationSeconds = 60;

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly ToolEnvironment _environment;

    private ClientConnection(ToolEnvironment environment) => _environment = environment;

    /// <summary>Connects; a failure is also told on standard error.</summary>
    /// <exception cref="AuthClientException">With the reason.</exception>
    public static ClientConnection Open(ToolEnvironment environment)
    {
        ClientConnection connection = new(environment);
        try
        {
            connection.Connect();
            return connection;
        }
        catch (SocketException e)
        {
            connection.Dispose();
            throw Failed(environment, e);
        }
    }

    /// <summary>Sends a request. When that fails the reply, which then is not whole, tells.</summary>
    public void Send(string request)
    {
        _socket.SendTimeout = Milliseconds("TIMEOUT_WRITE", WriteSeconds);
        _socket.Send(WireText.ToBytes(request), SocketFlags.None, out _);
    }

    /// <summary>Reads up to the end of input, the time limit, the buffer's end, or what <paramref name="isWhole"/>
    /// recognises as a whole reply.</summary>
    public string ReadReply(Predicate<string> isWhole)
    {
        byte[] buffer = new byte[MaxReply];
        string reply = "";
        long deadline = Environment.TickCount64 + Milliseconds("TIMEOUT_READ", ReplySeconds);
        while (reply.Length < MaxReply && !isWhole(reply) && deadline - Environment.TickCount64 is > 0 and var left)
        {
            _socket.ReceiveTimeout = (int)left;
            int count = _socket.Receive(buffer.AsSpan(reply.Length), SocketFlags.None, out _);
            if (count == 0)
            {
                break;
            }

            reply = WireText.FromBytes(buffer.AsSpan(0, reply.Length + count));
        }

        return reply;
    }

    /// <summary>The lines of a reply of any length, without their LF; an unfinished last one is dropped.</summary>
    public IEnumerable<string> ReadLines()
    {
        _socket.ReceiveTimeout = EnumerationSeconds * 1000;
        byte[] buffer = new byte[MaxReply];
        StringBuilder line = new();
        int count;
        while ((count = _socket.Receive(buffer, SocketFlags.None, out _)) > 0)
        {
            string[] parts = WireText.FromBytes(buffer.AsSpan(0, count)).Split('\n');
            foreach (string part in parts[..^1])
            {
                yield return line.Append(part).ToString();
                line.Clear();
            }

            line.Append(parts[^1]);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private void Connect()
    {
        // A connect that blocks waits for room in the backlog of a busy daemon, up to the send time limit.
        _socket.SendTimeout = Milliseconds("TIMEOUT_SOCK", ConnectSeconds);
        _socket.Connect(new UnixDomainSocketEndPoint(_environment.FindSocket()));
    }

    private int Milliseconds(string variable, int seconds)
    {
        long given = LeadingNumber.Parse(_environment.Variable(variable));
        return (int)Math.Min(given > 0 ? given : seconds, int.MaxValue / 1000) * 1000;
    }

    private static AuthClientException Failed(ToolEnvironment environment, SocketException e)
    {
        string reason = Reason(e);
        environment.Complain($"ERR: authdaemon: s_connect() failed: {reason}\n");
        if (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.TimedOut)
        {
            environment.Complain("ERR: [Hint: perhaps authdaemond is not running?]\n");
        }

        return new AuthClientException(reason, e);
    }

    /// <summary>The C library's text. .NET knows ENOENT only as the nearest network error.</summary>
    private static string Reason(SocketException e) => e.SocketErrorCode == SocketError.AddressNotAvailable
        ? "No such file or directory"
        : Marshal.GetPInvokeErrorMessage(e.NativeErrorCode);
}
