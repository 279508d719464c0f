// The socket comes from systemd: clients wait in its queue before the daemon runs and while it restarts.
using System.Net.Sockets;
using Authd.Tests.Integration.Daemon;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Systemd;

public sealed class SocketActivationTests
{
    [Fact]
    public async Task The_client_that_starts_the_daemon_is_served()
    {
        using CourierSite site = await DaemonSite.NewAsync();
        // systemd-socket-activate listens, and runs the daemon with the socket when a client comes.
        await using OurDaemon daemon = await OurDaemon.StartAsync(
            site, null, "systemd-socket-activate", "-l", $"{CourierSite.StatePath}/socket");
        Assert.True(await DaemonSite.AnswersAsync(daemon));
        await daemon.LogHasAsync("Installation complete");
        await ProcessRunner.SignalAsync(daemon.Pid, "TERM");
        Assert.Equal(0, await daemon.WaitForExitAsync());
    }

    [Fact]
    public async Task A_socket_that_listens_elsewhere_is_not_taken()
    {
        using CourierSite site = await DaemonSite.NewAsync();
        string state = await site.NewStateAsync();
        string elsewhere = site.Scratch["elsewhere"];
        OurDaemon? daemon = null;
        try
        {
            Task<OurDaemon> starting = OurDaemon.StartAsync(site, state, "systemd-socket-activate", "-l", elsewhere);
            await Eventually.IsTrueAsync(() => File.Exists(elsewhere), "the other socket");
            using Socket client = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await client.ConnectAsync(new UnixDomainSocketEndPoint(elsewhere));
            daemon = await starting;
            Assert.True(await DaemonSite.AnswersAsync(daemon));
        }
        finally
        {
            await (daemon?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }
}
