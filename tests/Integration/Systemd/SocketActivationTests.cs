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
    public async Task The_mail_servers_socket_is_taken_over_too()
    {
        // As after a restart: systemd has kept the socket, with the required owner and mode.
        string path = $"{CourierSite.StatePath}/auth";
        using CourierSite site = await DaemonSite.NewAsync(1, $"[sasl]\nlisten = {path}\nowner = root\nmode = 0644\n");
        string state = await site.NewStateAsync();
        // The clients' socket is made last: it shows that both are there.
        await using OurDaemon daemon = await OurDaemon.StartAsync(
            site, state, "systemd-socket-activate", "-l", path, "-l", $"{CourierSite.StatePath}/socket");
        RawReply reply = await RawClient.AskAsync(Path.Combine(state, "auth"), "VERSION\t1\t2\n");
        Assert.StartsWith("VERSION\t1\t2\n", reply.Text, StringComparison.Ordinal);

        // A socket that the daemon makes keeps the address that it was first bound to.
        Assert.DoesNotContain(path + ".tmp", await File.ReadAllTextAsync("/proc/net/unix"), StringComparison.Ordinal);
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
