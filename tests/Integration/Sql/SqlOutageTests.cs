// Requests while a database server is away, silent, refusing, or back again, for all servers.
using System.Diagnostics;
using Authd.Core;
using Authd.Tests.Integration.Support;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Sql;

public abstract class SqlOutageTests(string prefix) : IAsyncLifetime
{
    /// <summary>The server, started by <see cref="StartServerAsync"/>.</summary>
    protected abstract IDatabaseServer Server { get; }

    /// <summary>The settings of the connection.</summary>
    protected abstract string Connection { get; }

    /// <summary>Module and section of authdaemond.ini, without "auth".</summary>
    protected string Engine => prefix.ToLowerInvariant();

    /// <summary>The settings of the table that <see cref="InitializeAsync"/> makes.</summary>
    protected string Fields => $"{prefix}_USER_TABLE passwd\n{prefix}_CLEAR_PWFIELD clear\n";

    /// <summary>The number of ERR lines about an outage.</summary>
    protected abstract int LinesOfOutage { get; }

    /// <summary>Ends the module's sessions.</summary>
    protected abstract string EndSessions { get; }

    /// <summary>Counts the module's sessions.</summary>
    protected abstract string CountSessions { get; }

    /// <summary>A condition that takes a minute for the domain <c>slow</c>.</summary>
    protected abstract string SlowCondition { get; }

    /// <summary>The server's message when it ends a statement that takes too long.</summary>
    protected abstract string TooSlow { get; }

    /// <summary>A query for the numbers 1 to 20000 in a column n.</summary>
    protected abstract string Numbers { get; }

    /// <summary>The beginning of the line about a list that ended early.</summary>
    protected abstract string BrokenList { get; }

    /// <summary>The server's message for a wrong password.</summary>
    protected abstract string WrongPassword { get; }

    public async Task InitializeAsync()
    {
        await StartServerAsync();
        await Server.SqlAsync("""
            CREATE TABLE passwd (id varchar(100), clear varchar(100), uid int, gid int, home varchar(800));
            INSERT INTO passwd VALUES ('alice', 'secret', 1, 1, '/home/alice');
            """);
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();

    protected abstract Task StartServerAsync();

    /// <summary>Whether the line says that the server cannot be reached.</summary>
    protected abstract bool IsOutage(string line);

    /// <summary>Makes the server accept another password instead of the module's.</summary>
    protected abstract Task LockOutAsync();

    /// <summary>Makes the server accept the module's password again.</summary>
    protected abstract Task LetInAsync();

    private protected ModuleHost Host(string ini = "", string more = "") =>
        new($"auth{Engine}", $"{Connection}{Fields}{more}", ini.Length == 0 ? "" : $"[{Engine}]\n{ini}", debug: 2);

    private string[] Outages(ModuleHost host) => [.. host.Errors.Where(IsOutage)];

    [Fact]
    public async Task No_request_fails_because_the_server_was_restarted_in_between()
    {
        await using ModuleHost host = Host();
        for (int i = 0; i < 2; i++)
        {
            AuthOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => host.LookupAsync("alice")));
            Assert.All(outcomes, outcome => Assert.Equal(Verdict.Accept, outcome.Verdict));
            await Server.StopAsync();
            await Server.StartAsync();
        }

        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        await Server.SqlAsync(EndSessions);
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("alice", "secret")).Verdict);
        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task While_the_server_is_stopped_everything_fails_for_the_time_being_and_then_works_at_once()
    {
        await using ModuleHost host = Host();
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        await Server.StopAsync();
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice")).Verdict);
            Assert.Equal(Verdict.TempFail, (await host.LoginAsync("alice", "secret")).Verdict);
            Assert.Equal(Verdict.TempFail, (await host.CramAsync("alice", "secret")).Verdict);
        }

        Assert.Equal(Verdict.TempFail, (await host.ChangeAsync("alice", "secret", "new")).Verdict);
        await Assert.ThrowsAsync<EnumerationFailedException>(host.ListAsync);
        await Server.StartAsync();
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        Assert.Equal(2, Outages(host).Length); // the outage, and the enumeration's own line
        Assert.Equal(
            $"Info: auth{Engine}: connected to the database again",
            Assert.Single(host.Lines, line => line.StartsWith("Info:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_silent_server_is_given_up_and_later_requests_are_answered_at_once()
    {
        await using ModuleHost host = Host("statement-timeout = 1\nconnect-timeout = 1");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        await Server.FreezeAsync();
        long start = Stopwatch.GetTimestamp();
        AuthOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => host.LookupAsync("alice")));
        Assert.All(outcomes, outcome => Assert.Equal(Verdict.TempFail, outcome.Verdict));
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10), "the spec's bound for a silent server");
        Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice")).Verdict);
        Assert.Single(Outages(host));
        Server.Thaw();
        Assert.Equal("1", await Server.SqlAsync("SELECT 1"));
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
    }

    [Fact]
    public async Task A_server_that_never_answered_is_the_same_case()
    {
        await Server.FreezeAsync();
        await using ModuleHost host = Host("connect-timeout = 1");
        Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice")).Verdict);
        Assert.Single(Outages(host));
        Server.Thaw();
        Assert.Equal("1", await Server.SqlAsync("SELECT 1"));
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
    }

    [Fact]
    public async Task A_blocked_statement_ends_by_itself_and_holds_nobody_else_up()
    {
        await using ModuleHost host = Host(
            "statement-timeout = 4",
            $"{prefix}_SELECT_CLAUSE SELECT id, '', clear, uid, gid, home FROM passwd "
            + $"WHERE id = '$(local_part)' AND {SlowCondition}");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        Task<AuthOutcome> blocked = host.LookupAsync("alice@slow");
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        }

        Assert.False(blocked.IsCompleted, "twenty look-ups passed the blocked one");
        Assert.Equal(Verdict.TempFail, (await blocked).Verdict);
        Assert.Contains(TooSlow, Assert.Single(host.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_database_password_is_told_once()
    {
        await LockOutAsync();
        await using ModuleHost host = Host();
        for (int i = 0; i < 5; i++)
        {
            AuthOutcome refused = await host.LookupAsync("alice");
            Assert.Equal((Verdict.TempFail, Reasons.ServerRefused), (refused.Verdict, refused.Reason));
        }

        Assert.Equal(LinesOfOutage, host.Errors.Length);
        Assert.Contains(WrongPassword, host.Errors[^1], StringComparison.Ordinal);
        await LetInAsync();
        await Eventually.IsTrueAsync(async () => (await host.LookupAsync("alice")).Verdict == Verdict.Accept, "the way in");
    }

    [Fact]
    public async Task Unused_connections_are_closed()
    {
        await using ModuleHost host = Host("idle-timeout = 1");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        Assert.Equal("1", await Server.SqlAsync(CountSessions));
        await Eventually.IsTrueAsync(async () => await Server.SqlAsync(CountSessions) == "0", "the end of the idle connection");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
    }

    [Fact]
    public async Task Many_accounts_are_listed_in_bounded_memory_and_a_broken_list_is_no_list()
    {
        await Server.SqlAsync(
            $"INSERT INTO passwd SELECT concat('user', n), 'secret', 1, 1, repeat('/home', 100) FROM ({Numbers}) AS numbers");
        await using ModuleHost host = Host();
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
        Assert.InRange(most, 0, 10_000_000); // the rows are 20 MB as text; other tests run beside this one

        await Assert.ThrowsAsync<EnumerationFailedException>(async () =>
        {
            await using IAsyncEnumerator<Account> accounts = host.EnumerateAsync().GetAsyncEnumerator();
            await accounts.MoveNextAsync();
            await Server.SqlAsync(EndSessions);
            while (await accounts.MoveNextAsync())
            {
                count++;
            }
        });
        Assert.Contains(host.Errors, line => line.StartsWith(BrokenList, StringComparison.Ordinal));
    }
}
