using System.Globalization;
using System.Net;
using Authd.Core.Configuration;

namespace Authd.Daemon.Metrics;

/// <summary>The address on which OpenMetrics are served over HTTP
/// ([metrics] listen): a Unix socket, or a port of this machine.</summary>
/// <param name="Path">The Unix socket; <c>null</c>: TCP.</param>
/// <param name="EndPoint">Address and port; <c>null</c>: a Unix socket.</param>
public sealed record MetricsAddress(string? Path, IPEndPoint? EndPoint)
{
    private const string Section = "metrics";
    private const string Key = "listen";
    private const string UnixPrefix = "unix:";
    private const int LongestPath = 100; // sun_path, with room for the longer name under which it is first bound

    /// <summary>Reads the section; <c>null</c>: metrics are not served.</summary>
    /// <exception cref="ConfigurationException">The value is not such an address.</exception>
    public static MetricsAddress? Read(DaemonIni ini)
    {
        if (ini.Text(Section, Key) is not { } text)
        {
            return null;
        }

        if (text.StartsWith(UnixPrefix + '/', StringComparison.Ordinal) && text.Length - UnixPrefix.Length <= LongestPath)
        {
            return new MetricsAddress(text[UnixPrefix.Length..], null);
        }

        // This machine only: metrics name no accounts, but show how busy a mail server is.
        return IPEndPoint.TryParse(text, out IPEndPoint? end) && end.Port != 0 && IPAddress.IsLoopback(end.Address)
            ? new MetricsAddress(null, end)
            : throw ini.Bad(Section, Key, "unix:/path, or an address of this machine and a port, as 127.0.0.1:9753");
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"[{Section}] {Key} = {(Path is null ? EndPoint!.ToString() : UnixPrefix + Path)}");
}
