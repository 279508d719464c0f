// OpenMetrics over HTTP, with the smallest server that Prometheus and similar programs accept.
using System.Globalization;
using System.Text;
using Authd.Core.Metrics;
using Authd.Linux.Sockets;

namespace Authd.Daemon.Metrics;

/// <summary>Answers one request a connection (RFC 9110, 9112): GET and HEAD of /metrics, nothing else.</summary>
/// <param name="counters">The counters of all workers.</param>
internal sealed class MetricsServer(CounterMemory counters)
{
    /// <summary>The time limit of a client.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private const int MostHead = 8192;

    /// <summary>Serves one client.</summary>
    internal async Task ServeAsync(ClientSocket socket, CancellationToken cancel)
    {
        if (await ReadRequestLineAsync(socket) is { } line)
        {
            await socket.SendAsync(Answer(line, () => OpenMetrics.Write(MetricFamilies.Of(counters))));
        }
    }

    /// <summary>The whole answer to a request with the first line <paramref name="line"/>.</summary>
    /// <param name="line">The request line; empty: the request was malformed.</param>
    /// <param name="metrics">The text of the metrics.</param>
    internal static byte[] Answer(string line, Func<string> metrics) => line.Split(' ') switch
    {
        ["GET", var target, "HTTP/1.1" or "HTTP/1.0"] when IsMetrics(target) => Reply("200 OK", OpenMetrics.ContentType, metrics()),
        ["HEAD", var target, "HTTP/1.1" or "HTTP/1.0"] when IsMetrics(target) =>
            Reply("200 OK", OpenMetrics.ContentType, metrics(), isHead: true),
        ["GET" or "HEAD", _, "HTTP/1.1" or "HTTP/1.0"] => Reply("404 Not Found", "text/plain", "Only /metrics is here.\n"),
        [{ Length: > 0 }, _, "HTTP/1.1" or "HTTP/1.0"] =>
            Reply("405 Method Not Allowed", "text/plain", "Only GET and HEAD.\n", "Allow: GET, HEAD\r\n"),
        _ => Reply("400 Bad Request", "text/plain", "This is no HTTP/1.1.\n"),
    };

    private static bool IsMetrics(string target) => target == "/metrics" || target.StartsWith("/metrics?", StringComparison.Ordinal);

    private static byte[] Reply(string status, string type, string body, string more = "", bool isHead = false)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        byte[] head = Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {status}\r\nContent-Type: {type}\r\nContent-Length: {bytes.Length}\r\n{more}Connection: close\r\n\r\n"));
        return isHead ? head : [.. head, .. bytes];
    }

    /// <summary>The first line, once the head is complete; empty when it never is.</summary>
    private static async Task<string?> ReadRequestLineAsync(ClientSocket socket)
    {
        byte[] buffer = new byte[MostHead];
        int filled = 0;
        while (filled < buffer.Length)
        {
            int received = await socket.ReceiveAsync(buffer.AsMemory(filled));
            if (received == 0)
            {
                return null;
            }

            filled += received;
            if (buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8) >= 0)
            {
                return Encoding.Latin1.GetString(buffer, 0, buffer.AsSpan().IndexOf("\r\n"u8));
            }
        }

        return "";
    }
}
