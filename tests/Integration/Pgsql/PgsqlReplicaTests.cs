// A primary and a standby: the servers that lookups and changes go to, also when one of them is away.
using Authd.Core;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Pgsql;

public sealed class PgsqlReplicaTests : IAsyncLifetime
{
    private PostgresServer _primary = null!;
    private PostgresServer _standby = null!;

    public async Task InitializeAsync()
    {
        _primary = await PostgresServer.StartNewAsync(new PostgresOptions(
            HostBased: "local all all trust\nlocal replication all trust\nhost all all 127.0.0.1/32 trust\n",
            Settings: "wal_level = replica\nmax_wal_senders = 4\nsynchronous_commit = on\n"));
        await _primary.PsqlAsync("""
            CREATE TABLE accounts (id text PRIMARY KEY, clear text, uid int, gid int, home text);
            INSERT INTO accounts VALUES ('john', 'secret', 1, 1, '/home/john');
            """);
        _standby = await _primary.StartStandbyAsync();
    }

    public async Task DisposeAsync()
    {
        await _standby.DisposeAsync();
        await _primary.DisposeAsync();
    }

    [Fact]
    public async Task Lookups_go_to_the_standby_and_changes_to_the_primary_and_each_outlives_the_other()
    {
        await using PgsqlHost host = new(Settings(), "[pgsql]\nlookups = prefer-standby\n");
        Assert.Equal("/home/john", (await host.LookupAsync("john")).Account?.Home);
        Assert.Equal((0, 1), (await SessionsAsync(_primary), await SessionsAsync(_standby)));

        Assert.Equal(Verdict.Accept, (await host.ChangeAsync("john", "secret", "new")).Verdict);
        Assert.Equal("new", await _primary.PsqlAsync("SELECT clear FROM accounts"));
        await Eventually.IsTrueAsync(async () => (await host.LoginAsync("john", "new")).Verdict == Verdict.Accept, "the copy");

        // Without the primary, lookups continue, and a change fails.
        await _primary.StopAsync();
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("john", "new")).Verdict);
        Assert.Equal(Verdict.TempFail, (await host.ChangeAsync("john", "new", "newer")).Verdict);
        await _primary.StartAsync();
        await Eventually.IsTrueAsync(async () => (await host.ChangeAsync("john", "new", "newer")).Verdict == Verdict.Accept, "the change");

        // Without the standby the primary answers.
        await _standby.StopAsync();
        await Eventually.IsTrueAsync(async () => (await host.LoginAsync("john", "newer")).Verdict == Verdict.Accept, "the primary");
        await _standby.StartAsync();
    }

    [Fact]
    public async Task Lookups_of_the_primary_follow_it()
    {
        await using PgsqlHost host = new(Settings(), "[pgsql]\nlookups = primary\n");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("john")).Verdict);
        Assert.Equal((1, 0), (await SessionsAsync(_primary), await SessionsAsync(_standby)));
        await _primary.StopAsync();
        Assert.Equal(Verdict.TempFail, (await host.LookupAsync("john")).Verdict);
        await _standby.PromoteAsync();
        await Eventually.IsTrueAsync(async () => (await host.LookupAsync("john")).Verdict == Verdict.Accept, "the new primary");
        await Eventually.IsTrueAsync(async () => (await host.ChangeAsync("john", "secret", "new")).Verdict == Verdict.Accept, "a change there");
        Assert.Equal("new", await _standby.PsqlAsync("SELECT clear FROM accounts"));
        await _primary.StartAsync();
    }

    private string Settings() =>
        $"PGSQL_CONNECTION host=127.0.0.1,127.0.0.1 port={_primary.Port},{_standby.Port} user=postgres dbname=postgres application_name=ours\n"
        + "PGSQL_USER_TABLE accounts\nPGSQL_CLEAR_PWFIELD clear\n";

    private static async Task<int> SessionsAsync(PostgresServer server) => int.Parse(
        await server.PsqlAsync("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ours'"),
        System.Globalization.CultureInfo.InvariantCulture);
}
