// A primary and a read-only server: where lookups and changes go, and what happens when one of them is away or they swap roles.
using Authd.Core;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Mysql;

public sealed class MysqlReplicaTests : IAsyncLifetime
{
    // The copies differ in the home, which shows who has answered. Nothing replicates here: a replica that lags for ever.
    private const string Table = """
        CREATE TABLE accounts (id varchar(100) PRIMARY KEY, clear varchar(100), uid int, gid int, home varchar(100));
        INSERT INTO accounts VALUES ('john', 'secret', 1, 1,
        """;

    private MariadbServer _primary = null!;
    private MariadbServer _replica = null!;

    public async Task InitializeAsync()
    {
        _primary = await MariadbServer.StartNewAsync();
        _replica = await MariadbServer.StartNewAsync("--read-only");
        await _primary.SqlAsync($"{Table} '/primary')");
        await _replica.SqlAsync($"{Table} '/replica')");
    }

    public async Task DisposeAsync()
    {
        await _replica.DisposeAsync();
        await _primary.DisposeAsync();
    }

    [Fact]
    public async Task Lookups_go_to_the_replica_and_changes_to_the_primary_and_each_outlives_the_other()
    {
        await using MysqlHost host = new(Settings(_primary, _replica), "[mysql]\nlookups = prefer-replica\n");
        Assert.Equal("/replica", await HomeAsync(host));
        Assert.Equal(Verdict.Accept, (await host.ChangeAsync("john", "secret", "new")).Verdict);
        Assert.Equal(("new", "secret"), (await PasswordAsync(_primary), await PasswordAsync(_replica)));

        await _primary.StopAsync();
        Assert.Equal("/replica", await HomeAsync(host));
        Assert.Equal(Verdict.TempFail, (await host.ChangeAsync("john", "secret", "newer")).Verdict);
        await _primary.StartAsync();
        await Eventually.IsTrueAsync(async () => (await host.ChangeAsync("john", "secret", "newer")).Verdict == Verdict.Accept, "the change");

        await _replica.StopAsync();
        await Eventually.IsTrueAsync(async () => await HomeAsync(host) == "/primary", "the primary's answer");
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("john", "newer")).Verdict);
    }

    [Fact]
    public async Task A_change_finds_the_server_that_has_become_the_primary()
    {
        await using MysqlHost host = new(Settings(_primary, _replica), "[mysql]\nlookups = any\n");
        Assert.Equal("/primary", await HomeAsync(host));
        Assert.Equal(Verdict.Accept, (await host.ChangeAsync("john", "secret", "new")).Verdict);

        // The connection stays; only the next change can tell that the server is the primary no longer.
        await _primary.SqlAsync("SET GLOBAL read_only = 1");
        await _replica.SqlAsync("SET GLOBAL read_only = 0");
        Assert.Equal("/primary", await HomeAsync(host));
        Assert.Equal(Verdict.Accept, (await host.ChangeAsync("john", "new", "newer")).Verdict);
        Assert.Equal(("new", "newer"), (await PasswordAsync(_primary), await PasswordAsync(_replica)));

        // Nobody takes changes: no wrong password, but an outage, which the log tells.
        await _replica.SqlAsync("SET GLOBAL read_only = 1");
        Assert.Equal(Verdict.TempFail, (await host.ChangeAsync("john", "new", "newest")).Verdict);
        Assert.Contains(host.Errors, static line => line.EndsWith(" is read-only, and changes need the primary", StringComparison.Ordinal));
        Assert.Equal("/primary", await HomeAsync(host));
    }

    [Fact]
    public async Task Lookups_of_the_primary_pass_a_replica_over()
    {
        await using MysqlHost host = new(Settings(_replica, _primary), "[mysql]\nlookups = primary\n");
        Assert.Equal("/primary", await HomeAsync(host));
        await _primary.StopAsync();
        Assert.Equal(Verdict.TempFail, (await host.LookupAsync("john")).Verdict);
    }

    private static string Settings(params MariadbServer[] servers) =>
        $"MYSQL_SERVER {string.Join(',', servers.Select(static server => $"127.0.0.1:{server.Port}"))}\n{MariadbServer.Login}"
        + "MYSQL_USER_TABLE accounts\nMYSQL_CLEAR_PWFIELD clear\n";

    private static async Task<string?> HomeAsync(MysqlHost host) => (await host.LookupAsync("john")).Account?.Home;

    private static Task<string> PasswordAsync(MariadbServer server) => server.SqlAsync("SELECT clear FROM accounts");
}
