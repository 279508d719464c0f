// MariaDB away, silent, refusing, or back again.
using Authd.Core;
using Authd.Tests.Integration.Sql;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Mysql;

public sealed class MysqlOutageTests() : SqlOutageTests("MYSQL")
{
    private MariadbServer _server = null!;

    protected override IDatabaseServer Server => _server;

    protected override string Connection => _server.OverTcp;

    protected override int LinesOfOutage => 1;

    protected override string EndSessions => "KILL USER mail";

    protected override string CountSessions => "SELECT count(*) FROM information_schema.processlist WHERE user = 'mail'";

    protected override string SlowCondition => "if('$(domain)' = 'slow', sleep(60), 1)";

    protected override string TooSlow => "max_statement_time exceeded";

    protected override string Numbers => "SELECT seq AS n FROM seq_1_to_20000";

    protected override string BrokenList => "Err: authmysql: enumeration failed: ";

    protected override string WrongPassword => "Access denied for user 'mail'";

    protected override async Task StartServerAsync() => _server = await MariadbServer.StartNewAsync();

    protected override bool IsOutage(string line) =>
        line.StartsWith($"Err: failed to connect to mysql server (server=127.0.0.1, port={_server.Port}, userid=mail, database=mail): ", StringComparison.Ordinal);

    protected override Task LockOutAsync() => SetPasswordAsync("other");

    protected override Task LetInAsync() => SetPasswordAsync("secret");

    [Fact]
    public async Task Of_several_servers_the_first_that_is_there_serves()
    {
        string list = _server.OverTcp.Replace(
            $"MYSQL_SERVER 127.0.0.1\nMYSQL_PORT {_server.Port}", $"MYSQL_SERVER 127.0.0.1, [::1]:2 , 127.0.0.1:{_server.Port}\nMYSQL_PORT 1",
            StringComparison.Ordinal);
        await using MysqlHost host = new(list + Fields);
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        await _server.StopAsync();
        Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice")).Verdict);
        Assert.Equal(3, host.Errors.Length); // one outage, a line for each server
    }

    [Fact]
    public async Task Another_server_takes_over_from_one_that_is_away_or_silent()
    {
        await using MariadbServer second = await MariadbServer.StartNewAsync();
        await second.SqlAsync("""
            CREATE TABLE passwd (id varchar(100), clear varchar(100), uid int, gid int, home varchar(800));
            INSERT INTO passwd VALUES ('alice', 'secret', 1, 1, '/second');
            """);
        string list = _server.OverTcp.Replace(
            "MYSQL_SERVER 127.0.0.1\n", $"MYSQL_SERVER 127.0.0.1:{_server.Port},127.0.0.1:{second.Port}\n",
            StringComparison.Ordinal);
        await using MysqlHost host = new(list + Fields, "[mysql]\nconnect-timeout = 2\nstatement-timeout = 2");
        Assert.Equal("/home/alice", (await host.LookupAsync("alice")).Account?.Home);
        await _server.FreezeAsync();
        await Eventually.IsTrueAsync(
            async () => (await host.LookupAsync("alice")).Account?.Home == "/second", "the second server's answer");
        _server.Thaw();
        await _server.StopAsync();
        await second.SqlAsync("KILL USER mail");
        Assert.Equal("/second", (await host.LookupAsync("alice")).Account?.Home);
    }

    /// <summary>The method of logging in that the other tests do not use.</summary>
    private Task SetPasswordAsync(string password) => _server.SqlAsync($"""
        ALTER USER mail@'%' IDENTIFIED VIA ed25519 USING PASSWORD('{password}');
        ALTER USER mail@localhost IDENTIFIED VIA ed25519 USING PASSWORD('{password}');
        """);
}
