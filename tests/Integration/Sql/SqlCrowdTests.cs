// A database without room for a further connection of the daemon's user, for all servers.
using Authd.Core;
using Authd.Tests.Integration.Support;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Sql;

public abstract class SqlCrowdTests(string prefix) : IAsyncLifetime
{
    private const int Workers = 5;

    /// <summary>The server, started by <see cref="StartServerAsync"/>.</summary>
    protected abstract IDatabaseServer Server { get; }

    /// <summary>The settings of the connection as user mail.</summary>
    protected abstract string Connection { get; }

    /// <summary>Counts the sessions of user mail.</summary>
    protected abstract string CountSessions { get; }

    /// <summary>The server's message for one connection too many.</summary>
    protected abstract string TooMany { get; }

    /// <summary>A condition that is true after a twentieth of a second.</summary>
    protected abstract string SlowCondition { get; }

    private string Engine => prefix.ToLowerInvariant();

    private string Slow => $"{prefix}_SELECT_CLAUSE SELECT id, '', clear, uid, gid, home FROM passwd "
        + $"WHERE id = '$(local_part)' AND {SlowCondition}\n";

    private string Settings => $"{Connection}{prefix}_USER_TABLE passwd\n{prefix}_CLEAR_PWFIELD clear\n";

    public async Task InitializeAsync()
    {
        await StartServerAsync();
        await Server.SqlAsync("""
            CREATE TABLE passwd (id varchar(100), clear varchar(100), uid int, gid int, home varchar(100));
            INSERT INTO passwd VALUES ('alice', 'secret', 1, 1, '/home/alice'), ('bob', 'secret', 2, 2, '/home/bob');
            """);
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();

    protected abstract Task StartServerAsync();

    /// <summary>Limits the connections of user mail, who may read and change the table.</summary>
    protected abstract Task LimitAsync(int connections);

    private ModuleHost Host(string more) => new($"auth{Engine}", Settings + more, "", debug: 0);

    [Fact]
    public async Task Lookups_logins_and_changes_go_over_the_one_connection_there_is_and_one_line_says_so()
    {
        await LimitAsync(1);
        await using ModuleHost host = Host(Slow);
        for (int i = 0; i < 3; i++)
        {
            AuthOutcome[] outcomes = await Task.WhenAll(
                Enumerable.Range(0, 10).Select(n => n % 2 == 0 ? host.LookupAsync("alice") : host.LoginAsync("bob", "secret")));
            Assert.All(outcomes, outcome => Assert.Equal(Verdict.Accept, outcome.Verdict));
        }

        Assert.Equal("1", await Server.SqlAsync(CountSessions));
        Assert.Equal(Verdict.Accept, (await host.ChangeAsync("alice", "secret", "new")).Verdict);
        Assert.Equal("new", await Server.SqlAsync("SELECT clear FROM passwd WHERE id = 'alice'"));
        string line = Assert.Single(host.Lines);
        Assert.StartsWith($"Warn: auth{Engine}: no room for a further connection, going on with 1: ", line, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", line, StringComparison.Ordinal);
        Assert.Contains(TooMany, line, StringComparison.Ordinal);
        Assert.EndsWith("; raise the limit there, or lower daemons or connections here", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_goes_over_the_connection_of_the_lookups_when_there_is_no_room_for_its_own()
    {
        await LimitAsync(1);
        await using ModuleHost host = Host("");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        Task<List<string>>[] lists = [host.ListAsync(), host.ListAsync()];
        AuthOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => host.LookupAsync("bob")));
        Assert.All(outcomes, outcome => Assert.Equal(Verdict.Accept, outcome.Verdict));
        foreach (Task<List<string>> list in lists)
        {
            Assert.Equal(["alice 1 1 /home/alice  ", "bob 2 2 /home/bob  "], (await list).Order());
        }

        Assert.Equal("1", await Server.SqlAsync(CountSessions));
        Assert.Empty(host.Errors);
        Assert.Single(host.Lines);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task With_as_many_connections_as_workers_no_login_fails(bool isSlow)
    {
        await LimitAsync(Workers);
        using CourierSite site = new();
        site.WriteAuthdaemonrc($"auth{Engine}", Workers);
        site.Write("authdaemond.ini", $"[workers]\nlistening = {Workers}\n");
        site.Write($"auth{Engine}rc", $"##NAME: MARKER:0\n{Settings}{(isSlow ? Slow : "")}");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        for (int i = 0; i < 3; i++)
        {
            RawReply[] replies = await Task.WhenAll(
                Enumerable.Range(0, 60).Select(_ => RawClient.AskAsync(daemon.SocketPath, Requests.Login("alice", "secret"))));
            Assert.All(replies, reply => Assert.Contains("HOME=/home/alice\n", reply.Text, StringComparison.Ordinal));
        }
    }
}
