// socketmap: tables: Postfix asks the daemon.
using System.Net.Sockets;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Postfix;

public sealed class SocketmapRelayTests : IAsyncLifetime
{
    private const string V4 = "192.0.2.7";
    private const string V6 = "2001:db8:0:1::25";
    private const string Permanent = "192.0.2.99";

    private readonly ScratchDirectory _scratch = new();
    private PostfixServer _postfix = null!;

    private string Socket => _scratch["logins"];

    private string Table => $"socketmap:unix:{Socket}:relay";

    public async Task InitializeAsync() => _postfix = await PostfixServer.StartNewAsync(Table);

    public async Task DisposeAsync()
    {
        await _postfix.DisposeAsync();
        _scratch.Dispose();
    }

    [Fact]
    public async Task Who_has_logged_in_may_relay_also_after_a_reload_and_a_restart_until_the_entry_is_removed()
    {
        using CourierSite site = await RelaySite.NewAsync(Table, "[relay]\nexpire-minutes = 5\n");
        string state = await site.NewStateAsync();
        await File.WriteAllTextAsync(Path.Combine(state, "relay.relay"), $"{Permanent} 0\n198.51.100.1 100\n");
        await using (OurDaemon daemon = await OurDaemon.StartAsync(site, state))
        {
            await ServedAsync();
            Assert.Equal(RelaySite.Denied, await _postfix.RelayAsync(V4));
            Assert.Equal(RelaySite.Denied, await _postfix.RelayAsync(V6));
            Assert.Equal(RelaySite.Denied, await _postfix.RelayAsync("198.51.100.1"));
            await RelaySite.LoginAsync(daemon, "::ffff:" + V4);
            await RelaySite.LoginAsync(daemon, V6);
            await RelaySite.MayRelayAsync(_postfix, V4);
            await RelaySite.MayRelayAsync(_postfix, V6);

            IReadOnlyList<int> before = daemon.Workers;
            await ProcessRunner.SignalAsync(daemon.Pid, "HUP");
            await Eventually.IsTrueAsync(() => !daemon.Workers.Intersect(before).Any(), "new workers");
            await RelaySite.MayRelayAsync(_postfix, V4);
        }

        await using (OurDaemon daemon = await OurDaemon.StartAsync(site, state))
        {
            await RelaySite.MayRelayAsync(_postfix, V4);
            await RelaySite.MayRelayAsync(_postfix, V6);
            Assert.Equal(new ProgramResult(0, "", ""), await OurDaemon.RunAsync(site, state, "authcleanup", "0", Table));
            Assert.Equal(RelaySite.Denied, await _postfix.RelayAsync(V4));
            Assert.Equal(RelaySite.Denied, await _postfix.RelayAsync(V6));
            Assert.StartsWith("250 ", await _postfix.RelayAsync(Permanent), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task When_the_worker_that_serves_dies_another_takes_over()
    {
        using CourierSite site = await RelaySite.NewAsync(Table);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await RelaySite.LoginAsync(daemon, V4);
        await RelaySite.MayRelayAsync(_postfix, V4);

        foreach (int worker in daemon.Workers)
        {
            await ProcessRunner.SignalAsync(worker, "KILL");
        }

        await RelaySite.MayRelayAsync(_postfix, V4);
    }

    [Fact]
    public async Task A_connection_serves_many_requests_and_garbage_ends_it()
    {
        using CourierSite site = await RelaySite.NewAsync(Table);
        string state = await site.NewStateAsync();
        await File.WriteAllTextAsync(Path.Combine(state, "relay.relay"), $"{Permanent} 0\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site, state);
        await ServedAsync();
        RawReply reply = await RawClient.AskAsync(
            Socket, $"16:relay {Permanent},15:relay 192.0.2.8,15:other 192.0.2.8,5:relay,garbage");
        Assert.Equal(("4:OK 0,9:NOTFOUND ,27:PERM there is no such table,27:PERM there is no such table,", Ending.Closed),
            (reply.Text, reply.Ending));
    }

    [Fact]
    public async Task A_directory_that_is_missing_is_told_once_and_waited_for()
    {
        string directory = _scratch["later"];
        using CourierSite site = await RelaySite.NewAsync($"socketmap:unix:{directory}/logins:relay");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await daemon.LogHasAsync($"ERR: authpostfix: unix:{directory}/logins: ");
        Directory.CreateDirectory(directory);
        await Eventually.IsTrueAsync(() => File.Exists(directory + "/logins"), "the socket");
    }

    private Task ServedAsync() => Eventually.IsTrueAsync(async () => await CanConnectAsync(), "the socketmap server");

    private async Task<bool> CanConnectAsync()
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket));
            return true;
        }
        catch (SocketException)
        {
            return false; // Not ready yet: the caller asks again.
        }
    }
}
