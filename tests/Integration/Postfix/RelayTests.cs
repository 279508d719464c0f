// POP before SMTP as a whole: our daemon on one side of a login table, a real smtpd on the other.
using Authd.Modules.PostfixRelay;
using Authd.Tests.Integration.Daemon;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Postfix;

/// <summary>The properties of every type of table; the tests of a class share one table, and one Postfix.</summary>
public abstract class RelayTests(RelayFixture relay) : IClassFixture<RelayFixture>, IAsyncLifetime
{
    private const string V4 = "192.0.2.7";
    private const string V6 = "2001:db8:0:1::25";
    private const string Permanent = "192.0.2.99";
    private const string Old = "192.0.2.100";
    private const string Recent = "192.0.2.101";

    private PostfixServer _postfix = null!;

    /// <summary>For the table's files.</summary>
    protected ScratchDirectory Scratch => relay.Scratch;

    /// <summary>The table, in Postfix's notation; made by <see cref="MakeTableAsync"/>.</summary>
    protected abstract string Table { get; }

    /// <summary>Makes the table, with one entry.</summary>
    protected abstract Task MakeTableAsync(string permanentAddress);

    public async Task InitializeAsync() => _postfix = await relay.PostfixAsync(Table, () => MakeTableAsync(Permanent));

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Who_has_logged_in_may_relay_until_the_entry_is_removed()
    {
        using CourierSite site = await RelaySite.NewAsync(Table);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        foreach (string address in new[] { V4, V6 })
        {
            // A lookup and a wrong password are no login.
            await RawClient.AskAsync(daemon.SocketPath, RelaySite.From(address) + DaemonSite.Lookup);
            await RawClient.AskAsync(daemon.SocketPath, RelaySite.From(address) + Requests.Login(DaemonSite.User, "wrong"));
            Assert.Equal(RelaySite.Denied, await _postfix.RelayAsync(address));
        }

        await RelaySite.LoginAsync(daemon, "::ffff:" + V4);
        await RelaySite.LoginAsync(daemon, V6);
        await RelaySite.MayRelayAsync(_postfix, V4);
        await RelaySite.MayRelayAsync(_postfix, V6);

        Assert.Equal(new ProgramResult(0, "", ""), await OurDaemon.RunAsync(site, daemon.State, "authcleanup", "5", Table));
        await RelaySite.MayRelayAsync(_postfix, V4);
        Assert.Equal(new ProgramResult(0, "", ""), await OurDaemon.RunAsync(site, daemon.State, "authcleanup", "0", Table));
        Assert.Equal(RelaySite.Denied, await _postfix.RelayAsync(V4));
        Assert.Equal(RelaySite.Denied, await _postfix.RelayAsync(V6));
        Assert.StartsWith("250 ", await _postfix.RelayAsync(Permanent), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_daemon_removes_old_entries_itself_and_leaves_permanent_ones_alone()
    {
        using (ILoginTable table = LoginTable.Open(Table, Scratch.Path))
        {
            // A permanent entry stays; by its time it would be too old.
            long past = LoginTime.Now - 120;
            table.Record([new Login(Old, past), new Login(Permanent, past), new Login(Recent, LoginTime.Now)]);
            table.CloseIdle();
            table.Record([new Login(Old, LoginTime.Now - 100)]);
        }

        await RelaySite.MayRelayAsync(_postfix, Old);
        using CourierSite site = await RelaySite.NewAsync(Table, "[relay]\nexpire-minutes = 1\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);

        await Eventually.IsTrueAsync(
            async () => await _postfix.RelayAsync(Old) == RelaySite.Denied, "the end of the old entry");
        Assert.StartsWith("250 ", await _postfix.RelayAsync(Recent), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await _postfix.RelayAsync(Permanent), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_records_what_its_environment_says()
    {
        using CourierSite site = await RelaySite.NewAsync(Table);
        string state = await site.NewStateAsync();
        Dictionary<string, string> environment = new()
        {
            ["AUTHENTICATED"] = "john",
            ["TCPREMOTEIP"] = ":ffff::127.0.0.1",
            ["LOGINDB"] = Table,
        };

        ProgramResult result = await ProcessRunner.RunAsync(
            site.Inside(state, [OurDaemon.Binary, "authpostfix"]), environment: environment);

        Assert.Equal(new ProgramResult(0, "", ""), result);
        Assert.StartsWith("250 ", await _postfix.RelayAsync("127.0.0.1"), StringComparison.Ordinal);
    }
}
