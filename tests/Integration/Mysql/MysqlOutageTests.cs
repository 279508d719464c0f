// What requests get while MariaDB is away, silent, refusing, or back again.
using System.Diagnostics;
using Authd.Core;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Mysql;

public sealed class MysqlOutageTests : IAsyncLifetime
{
    private const string Fields = "MYSQL_USER_TABLE passwd\nMYSQL_CLEAR_PWFIELD clear\n";
    private MariadbServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await MariadbServer.StartNewAsync();
        await _server.SqlAsync("""
            CREATE TABLE passwd (id varchar(100), clear varchar(100), uid int, gid int, home varchar(800));
            INSERT INTO passwd VALUES ('alice', 'secret', 1, 1, '/home/alice');
            """);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    private MysqlHost Host(string ini = "") => new(_server.OverTcp + Fields, ini);

    private static string[] Outages(MysqlHost host) =>
        [.. host.Errors.Where(line => line.StartsWith("Err: failed to connect to mysql server (server=127.0.0.1, userid=mail): ", StringComparison.Ordinal))];

    [Fact]
    public async Task No_request_fails_because_the_server_was_restarted_in_between()
    {
        await using MysqlHost host = Host();
        for (int i = 0; i < 2; i++)
        {
            AuthOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => host.LookupAsync("alice")));
            Assert.All(outcomes, outcome => Assert.Equal(Verdict.Accept, outcome.Verdict));
            await _server.RestartAsync();
        }

        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        await _server.SqlAsync("KILL USER mail");
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("alice", "secret")).Verdict);
        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task While_the_server_is_stopped_everything_fails_for_the_time_being_and_then_works_at_once()
    {
        await using MysqlHost host = Host();
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        await _server.StopAsync();
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice")).Verdict);
            Assert.Equal(Verdict.TempFail, (await host.LoginAsync("alice", "secret")).Verdict);
        }

        Assert.Equal(Verdict.TempFail, (await host.ChangeAsync("alice", "secret", "new")).Verdict);
        await Assert.ThrowsAsync<EnumerationFailedException>(host.ListAsync);
        await _server.StartAsync();
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        Assert.Equal(2, Outages(host).Length); // the outage, and the enumeration that says so for itself
        Assert.Single(host.Lines, line => line == "Info: authmysql: connected to the database again");
    }

    [Fact]
    public async Task A_silent_server_is_given_up_and_later_requests_are_answered_at_once()
    {
        await using MysqlHost host = Host("[mysql]\nstatement-timeout = 1\nconnect-timeout = 1");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        _server.Freeze();
        long start = Stopwatch.GetTimestamp();
        AuthOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => host.LookupAsync("alice")));
        Assert.All(outcomes, outcome => Assert.Equal(Verdict.TempFail, outcome.Verdict));
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10), "the spec's bound for a silent server");
        Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice")).Verdict);
        Assert.Single(Outages(host));
        _server.Thaw();
        Assert.Equal("1", await _server.SqlAsync("SELECT 1"));
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
    }

    [Fact]
    public async Task A_server_that_never_answered_is_the_same_case()
    {
        _server.Freeze();
        await using MysqlHost host = Host("[mysql]\nconnect-timeout = 1");
        Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice")).Verdict);
        Assert.Single(Outages(host));
        _server.Thaw();
        Assert.Equal("1", await _server.SqlAsync("SELECT 1"));
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
    }

    [Fact]
    public async Task A_blocked_statement_ends_by_itself_and_holds_nobody_else_up()
    {
        await using MysqlHost host = new(
            _server.OverTcp + Fields + "MYSQL_SELECT_CLAUSE SELECT id, '', clear, uid, gid, home FROM passwd WHERE id = '$(local_part)' "
            + "AND if('$(domain)' = 'slow', sleep(60), 1)",
            "[mysql]\nstatement-timeout = 3");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        Task<AuthOutcome> blocked = host.LookupAsync("alice@slow");
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        }

        Assert.False(blocked.IsCompleted, "twenty look-ups passed the blocked one");
        Assert.Equal(Verdict.TempFail, (await blocked).Verdict);
        Assert.Contains("max_statement_time exceeded", Assert.Single(host.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_database_password_is_told_once()
    {
        await using MysqlHost host = new((_server.OverTcp + Fields).Replace("PASSWORD secret", "PASSWORD other", StringComparison.Ordinal));
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice")).Verdict);
        }

        Assert.Contains("Access denied for user 'mail'", Assert.Single(host.Errors), StringComparison.Ordinal);
        await _server.SqlAsync("ALTER USER mail@'%' IDENTIFIED VIA ed25519 USING PASSWORD('other')");
        await _server.SqlAsync("ALTER USER mail@localhost IDENTIFIED VIA ed25519 USING PASSWORD('other')");
        await Eventually.IsTrueAsync(async () => (await host.LookupAsync("alice")).Verdict == Verdict.Accept, "the way in");
    }

    [Fact]
    public async Task Unused_connections_are_closed()
    {
        await using MysqlHost host = Host("[mysql]\nidle-timeout = 1");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        const string count = "SELECT count(*) FROM information_schema.processlist WHERE user = 'mail'";
        Assert.Equal("1", await _server.SqlAsync(count));
        await Eventually.IsTrueAsync(async () => await _server.SqlAsync(count) == "0", "the end of the idle connection");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
    }

    [Fact]
    public async Task Many_accounts_are_listed_in_bounded_memory_and_a_broken_list_is_no_list()
    {
        await _server.SqlAsync(
            "INSERT INTO passwd SELECT concat('user', seq), 'secret', 1, 1, repeat('/home', 100) FROM seq_1_to_20000");
        await using MysqlHost host = Host();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        long most = 0;
        int count = 0;
        await foreach (Account account in host.EnumerateAsync())
        {
            Assert.StartsWith("/home", account.Home, StringComparison.Ordinal);
            if (++count % 5000 == 0)
            {
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
            }
        }

        Assert.Equal(20001, count);
        Assert.InRange(most, 0, 4_000_000); // the rows are 20 MB as text

        await Assert.ThrowsAsync<EnumerationFailedException>(async () =>
        {
            await using IAsyncEnumerator<Account> accounts = host.EnumerateAsync().GetAsyncEnumerator();
            await accounts.MoveNextAsync();
            await _server.SqlAsync("KILL USER mail");
            while (await accounts.MoveNextAsync())
            {
                count++;
            }
        });
        Assert.Contains(host.Errors, line => line.StartsWith("Err: authmysql: enumeration failed: ", StringComparison.Ordinal));
    }

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
}
