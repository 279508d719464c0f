using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Authd.Core;

namespace Authd.Tools;

/// <summary>One connection to the daemon, with the time limits of courier-authlib's library. A reply that stops for any reason is
/// returned as far as it came; the caller sees that it is incomplete.</summary>
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

    /// <summary>Connects; a failure is also written to standard error.</summary>
    /// <exception cref="AuthClientException">The connection failed; the message is the reason.</exception>
    public static ClientConnection Open(ToolEnvironment environment)
    {
        ClientConnection connection = new(environment);
        string path = environment.FindSocket();
        try
        {
            connection.Connect(path);
            return connection;
        }
        catch (SocketException e)
        {
            connection.Dispose();
            throw Failed(environment, path, e);
        }
    }

    /// <summary>Sends a request. A failure shows in the reply, which is then incomplete.</summary>
    public void Send(string request)
    {
        _socket.SendTimeout = Milliseconds("TIMEOUT_WRITE", WriteSeconds);
        _socket.Send(WireText.ToBytes(request), SocketFlags.None, out _);
    }

    /// <summary>Reads to the end of input, to the time limit, until the buffer is full, or until <paramref name="isWhole"/>
    /// accepts the reply.</summary>
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

    private void Connect(string path)
    {
        // A blocking connect waits for room in the backlog of a busy daemon, up to the time limit for sending.
        _socket.SendTimeout = Milliseconds("TIMEOUT_SOCK", ConnectSeconds);
        _socket.Connect(new UnixDomainSocketEndPoint(path));
    }

    private int Milliseconds(string variable, int seconds)
    {
        long given = LeadingNumber.Parse(_environment.Variable(variable));
        return (int)Math.Min(given > 0 ? given : seconds, int.MaxValue / 1000) * 1000;
    }

    private static AuthClientException Failed(ToolEnvironment environment, string path, SocketException e)
    {
        string reason = Reason(e);
        environment.Complain($"ERR: authdaemon: s_connect() failed: {reason}\n");
        if (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.TimedOut)
        {
            environment.Complain("ERR: [Hint: perhaps authdaemond is not running?]\n");
        }

        if (Explain(path, e.SocketErrorCode) is { } explanation)
        {
            environment.Complain($"ERR: {WireText.FromUnicode(path)}: {explanation}\n");
        }

        return new AuthClientException(reason, e);
    }

    /// <summary>The cure, which the C library never named.</summary>
    private static string? Explain(string path, SocketError error) => error switch
    {
        SocketError.AccessDenied => AccessReport.Denied(path),
        SocketError.AddressNotAvailable => $"no such socket; {AccessReport.Of(AccessReport.Nearest(path))}; {AccessReport.Me}; "
            + "start authdaemond, or see authdaemonvar in authdaemonrc",
        SocketError.ConnectionRefused => $"nobody listens there; {AccessReport.Of(path)}; {AccessReport.Me}; start authdaemond",
        _ => null,
    };

    /// <summary>The C library's text. .NET knows ENOENT only as the nearest network error.</summary>
    private static string Reason(SocketException e) => e.SocketErrorCode == SocketError.AddressNotAvailable
        ? "No such file or directory"
        : Marshal.GetPInvokeErrorMessage(e.NativeErrorCode);
}
