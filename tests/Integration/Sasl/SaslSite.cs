using System.Net.Sockets;
using Authd.Tests.Support;

namespace Authd.Tests.Integration.Sasl;

/// <summary>Starts daemons and waits for their further sockets.</summary>
internal static class SaslSite
{
    /// <summary>A daemon that listens at all these paths; an earlier daemon may have left sockets there.</summary>
    internal static async Task<OurDaemon> StartAsync(CourierSite site, params string[] paths)
    {
        OurDaemon daemon = await OurDaemon.StartAsync(site);
        foreach (string path in paths)
        {
            await ListensAsync(path);
        }

        return daemon;
    }

    /// <summary>Waits until a daemon listens.</summary>
    internal static Task ListensAsync(string path) => Eventually.IsTrueAsync(() => CanConnectAsync(path), $"a server at {path}");

    private static async Task<bool> CanConnectAsync(string path)
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false; // Not ready yet: the caller asks again.
        }
    }
}
