using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Authd.Core;
using Authd.Linux.Sockets;

namespace Authd.Daemon.Control;

/// <summary>
/// The control socket's protocol: <c>VERB length LF bytes</c>, answered by <c>OK length LF bytes</c> or <c>NO length LF
/// reason</c>. The socket's mode admits only root and the socket's owner.
/// </summary>
public static class ControlSocket
{
    /// <summary>The counters of all workers, as <see cref="Metrics.CounterCopy"/> packs them.</summary>
    internal const string CountersVerb = "COUNTERS";

    /// <summary>Removes a user from the caches or, without a name, empties them.</summary>
    internal const string FlushVerb = "FLUSH";

    /// <summary>Explains one request: flags, service, name and password, one a line.</summary>
    internal const string ExplainVerb = "EXPLAIN";

    internal const string Ok = "OK";
    internal const string No = "NO";

    /// <summary>The largest request, in bytes.</summary>
    internal const int MostAsked = 16_384;

    private const int MostAnswered = 64 << 20;
    private const int LongestHead = 32;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The path of the control socket beside a public socket.</summary>
    public static string PathBeside(string socketPath) => Path.Combine(Path.GetDirectoryName(socketPath)!, "control");

    /// <summary>Sends a request to the running daemon; blocks.</summary>
    /// <param name="path">The control socket.</param>
    /// <param name="verb">The verb.</param>
    /// <param name="body">The request's bytes.</param>
    /// <exception cref="IOException">The daemon does not run, does not admit this
    /// user, or answers NO; the message is for the administrator.</exception>
    internal static byte[] Ask(string path, string verb, ReadOnlySpan<byte> body = default)
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.SendTimeout = socket.ReceiveTimeout = (int)Patience.TotalMilliseconds;
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            socket.Send(Frame(verb, body));
            using NetworkStream stream = new(socket);
            (string word, int length) = ParseHead(ReadHead(stream), MostAnswered)
                ?? throw new IOException($"{path}: the daemon answers in a way that this authdaemond does not understand");
            byte[] answer = new byte[length];
            stream.ReadExactly(answer);
            return word == Ok ? answer : throw new IOException(WireText.ToUnicode(WireText.FromBytes(answer)));
        }
        catch (SocketException e)
        {
            throw new IOException(Explain(path, e), e);
        }
        catch (EndOfStreamException e)
        {
            throw new IOException($"{path}: the daemon has closed the connection without an answer", e);
        }
    }

    /// <summary>A request or an answer in the form of the protocol.</summary>
    internal static byte[] Frame(string word, ReadOnlySpan<byte> body) =>
        [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{word} {body.Length}\n")), .. body];

    /// <summary>The word and the length of <c>WORD length</c>, or <c>null</c>
    /// when the line has another form or the length is too great.</summary>
    internal static (string Word, int Length)? ParseHead(string head, int most) =>
        head.Split(' ') is [{ Length: > 0 } word, var digits]
        && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int length) && length <= most
            ? (word, length)
            : null;

    /// <summary>Reads a client's request; <c>null</c>: it is malformed, or the client is gone.</summary>
    internal static async Task<(string Verb, byte[] Body)?> ReadAsync(ClientSocket socket)
    {
        byte[] buffer = new byte[LongestHead + MostAsked];
        int filled = 0;
        while (true)
        {
            int received = await socket.ReceiveAsync(buffer.AsMemory(filled));
            filled += received;
            int end = buffer.AsSpan(0, Math.Min(filled, LongestHead)).IndexOf((byte)'\n');
            if (received == 0 || (end < 0 && filled >= LongestHead))
            {
                return null;
            }

            if (end < 0)
            {
                continue;
            }

            if (ParseHead(Encoding.Latin1.GetString(buffer, 0, end), MostAsked) is not { } head)
            {
                return null;
            }

            int start = end + 1;
            if (filled >= start + head.Length)
            {
                return (head.Word, buffer[start..(start + head.Length)]);
            }
        }
    }

    private static string ReadHead(NetworkStream stream)
    {
        StringBuilder head = new();
        int octet;
        while ((octet = stream.ReadByte()) is >= 0 and not '\n' && head.Length < LongestHead)
        {
            head.Append((char)octet);
        }

        return octet < 0 ? throw new EndOfStreamException() : head.ToString();
    }

    private static string Explain(string path, SocketException e) => e.SocketErrorCode switch
    {
        SocketError.AddressNotAvailable or SocketError.ConnectionRefused =>
            $"{path}: no authdaemond of this version is running there (`authdaemond status` tells)",
        SocketError.AccessDenied => $"{path}: only root and the user who owns this socket may ask the daemon",
        _ => $"{path}: {e.Message}",
    };
}
