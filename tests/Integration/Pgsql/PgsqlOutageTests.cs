// What requests get while PostgreSQL is away, silent, refusing, or back again.
using System.Diagnostics;
using Authd.Core;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Pgsql;

public sealed class PgsqlOutageTests : IAsyncLifetime
{
    private PostgresServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await PostgresServer.StartNewAsync();
        await _server.PsqlAsync("""
            CREATE TABLE passwd (id text, clear text, uid int, gid int, home text);
            INSERT INTO passwd VALUES ('alice', 'secret', 1, 1, '/home/alice');
            """);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    private PgsqlHost Host(string ini = "", string conninfo = "") =>
        new($"PGSQL_CONNECTION {_server.Conninfo} {conninfo}\nPGSQL_USER_TABLE passwd\nPGSQL_CLEAR_PWFIELD clear", ini);

    private static string[] Outages(PgsqlHost host) =>
        [.. host.Errors.Where(line => line == "Err: PGSQL_CONNECTION could not be established")];

    [Fact]
    public async Task No_request_fails_because_the_server_was_restarted_in_between()
    {
        await using PgsqlHost host = Host();
        for (int i = 0; i < 3; i++)
        {
            AuthOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => host.LookupAsync("alice")));
            Assert.All(outcomes, outcome => Assert.Equal(Verdict.Accept, outcome.Verdict));
            await _server.RestartAsync();
        }

        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        await _server.PsqlAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()");
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("alice", "secret")).Verdict);
        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task While_the_server_is_stopped_everything_fails_for_the_time_being_and_then_works_at_once()
    {
        await using PgsqlHost host = Host();
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
        Assert.Single(host.Lines, line => line.StartsWith("Info:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_silent_server_is_given_up_and_later_requests_are_answered_at_once()
    {
        await using PgsqlHost host = Host("[pgsql]\nstatement-timeout = 1\nconnect-timeout = 1");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        _server.Freeze();
        long start = Stopwatch.GetTimestamp();
        AuthOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => host.LookupAsync("alice")));
        Assert.All(outcomes, outcome => Assert.Equal(Verdict.TempFail, outcome.Verdict));
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10), "the spec's bound for a silent server");
        Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice")).Verdict);
        Assert.Single(Outages(host));
        _server.Thaw();
        Assert.Equal("1", await _server.PsqlAsync("SELECT 1"));
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
    }

    [Fact]
    public async Task A_server_that_never_answered_is_the_same_case()
    {
        _server.Freeze();
        await using PgsqlHost host = Host("[pgsql]\nconnect-timeout = 1");
        Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice")).Verdict);
        Assert.Single(Outages(host));
        _server.Thaw();
        Assert.Equal("1", await _server.PsqlAsync("SELECT 1"));
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
    }

    [Fact]
    public async Task A_blocked_statement_ends_by_itself_and_holds_nobody_else_up()
    {
        await _server.PsqlAsync("CREATE TABLE slow AS SELECT * FROM passwd");
        await using PgsqlHost host = new(
            $"PGSQL_CONNECTION {_server.Conninfo}\nPGSQL_USER_TABLE passwd\nPGSQL_CLEAR_PWFIELD clear\n"
            + "PGSQL_SELECT_CLAUSE SELECT id, '', clear, uid, gid, home FROM passwd WHERE id = '$(local_part)' "
            + "AND (SELECT '$(domain)' <> 'slow' OR pg_sleep(60) IS NOT NULL)",
            "[pgsql]\nstatement-timeout = 4");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        Task<AuthOutcome> blocked = host.LookupAsync("alice@slow");
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        }

        Assert.False(blocked.IsCompleted, "twenty look-ups passed the blocked one");
        Assert.Equal(Verdict.TempFail, (await blocked).Verdict);
        Assert.Contains("statement timeout", Assert.Single(host.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_database_password_is_told_once()
    {
        await _server.SetHostBasedAsync("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
        await using PgsqlHost host = Host(conninfo: "password=wrong");
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice")).Verdict);
        }

        Assert.Equal(2, host.Errors.Length);
        Assert.Contains("password authentication failed", host.Errors[1], StringComparison.Ordinal);
        await _server.SetHostBasedAsync("local all all trust\nhost all all 127.0.0.1/32 trust\n");
        await Task.Delay(300); // a refusal is not asked again within a quarter of a second
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
    }

    [Fact]
    public async Task Unused_connections_are_closed()
    {
        await using PgsqlHost host = Host("[pgsql]\nidle-timeout = 1", "application_name=idler");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        const string count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'idler'";
        Assert.Equal("1", await _server.PsqlAsync(count));
        for (int i = 0; i < 100 && await _server.PsqlAsync(count) != "0"; i++)
        {
            await Task.Delay(100);
        }

        Assert.Equal("0", await _server.PsqlAsync(count));
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
    }

    [Fact]
    public async Task Many_accounts_are_listed_in_bounded_memory_and_a_broken_list_is_no_list()
    {
        await _server.PsqlAsync(
            "INSERT INTO passwd SELECT 'user' || n, 'secret', 1, 1, repeat('/home', 100) FROM generate_series(1, 20000) n");
        await using PgsqlHost host = Host(conninfo: "application_name=lister");
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
            IAsyncEnumerator<Account> accounts = host.EnumerateAsync().GetAsyncEnumerator();
            await using (accounts)
            {
                await accounts.MoveNextAsync();
                await _server.PsqlAsync(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lister'");
                while (await accounts.MoveNextAsync())
                {
                    count++;
                }
            }
        });
        Assert.Contains(host.Errors, line => line.StartsWith("Err: PQsendQuery failed: ", StringComparison.Ordinal));
    }
}
