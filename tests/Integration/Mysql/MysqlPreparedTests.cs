// Prepared lookups return the same as the statement's text, byte by byte, and the end of their connection sends no change twice.
using System.Globalization;
using Authd.Core;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Mysql;

/// <summary>A server that logs its statements, and whether they are prepared.</summary>
public sealed class MysqlLoggingFixture : IAsyncLifetime
{
    public MariadbServer Server { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Server = await MariadbServer.StartNewAsync("--log-output=TABLE", "--general-log=1");
        await Server.SqlAsync("""
            CREATE TABLE passwd (id varchar(100) PRIMARY KEY, clear varchar(100), uid int, gid int, home varchar(800));
            INSERT INTO passwd VALUES ('alice', 'secret', 1, 1, '/home/alice'), ('bob', 'secret', 2, 2, NULL);
            CREATE TABLE changing AS SELECT * FROM passwd;
            CREATE TABLE kinds (tiny tinyint, utiny tinyint unsigned, small smallint, usmall smallint unsigned,
                medium mediumint, umedium mediumint unsigned, big bigint, ubig bigint unsigned, padded int(6) zerofill,
                kind enum('a', 'b'), kinds set('x', 'y'), bytes varbinary(20), single_ float, year_ year, bits bit(9));
            INSERT INTO kinds VALUES (-128, 255, -32768, 65535, -8388608, 16777215, -9223372036854775808, 18446744073709551615, 42,
                'b', 'x,y', X'7EFF80', 0.3, 2020, b'101000001');
            """);
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();
}

public sealed class MysqlPreparedTests(MysqlLoggingFixture fixture) : IClassFixture<MysqlLoggingFixture>
{
    private readonly MariadbServer _server = fixture.Server;

    private MysqlHost Host(string clauses, string table = "passwd") =>
        new(_server.OverSocket + $"MYSQL_USER_TABLE {table}\nMYSQL_CLEAR_PWFIELD clear\n{clauses}\n", debug: 0);

    private Task<string> CountAsync(string command, string pattern) => _server.SqlAsync(
        $"SELECT count(*) FROM mysql.general_log WHERE command_type = '{command}' AND argument LIKE '{pattern}'");

    /// <summary>Whether the value of an expression comes through a prepared statement, according to the server.</summary>
    [Theory]
    [InlineData("'text'", true)]
    [InlineData("concat('$(local_part)', 'x')", true)]
    [InlineData("NULL", true)]
    [InlineData("-7", true)]
    [InlineData("cast(-9223372036854775808 AS signed)", true)]
    [InlineData("cast(18446744073709551615 AS unsigned)", true)]
    [InlineData("true", true)]
    [InlineData("12.50", true)]
    [InlineData("0x41FF", true)]
    [InlineData("repeat('long', 80)", true)]
    [InlineData("repeat('longer', 9000)", true)]
    [InlineData("tiny", true)]
    [InlineData("utiny", true)]
    [InlineData("small", true)]
    [InlineData("usmall", true)]
    [InlineData("medium", true)]
    [InlineData("umedium", true)]
    [InlineData("big", true)]
    [InlineData("ubig", true)]
    [InlineData("kind", true)]
    [InlineData("kinds", true)]
    [InlineData("bytes", true)]
    [InlineData("padded", false)]
    [InlineData("1e3", false)]
    [InlineData("cast(0.1 AS float)", false)]
    [InlineData("single_", false)]
    [InlineData("date('2020-01-01')", false)]
    [InlineData("cast('2020-01-01 10:11:12.125' AS datetime(3))", false)]
    [InlineData("cast('-25:00:00' AS time)", false)]
    [InlineData("year_", false)]
    [InlineData("bits", false)]
    public async Task A_column_is_what_the_server_makes_of_it(string expression, bool isPrepared)
    {
        await _server.SqlAsync("TRUNCATE mysql.general_log");
        await using MysqlHost host = Host(
            $"MYSQL_SELECT_CLAUSE SELECT '$(local_part)', '', 'x', 1, 1, '/h', {expression}, '', hex({expression}) FROM kinds");
        string text = expression.Replace("$(local_part)", "u", StringComparison.Ordinal);
        string expected = await _server.SqlAsync($"SELECT hex(concat({text})) FROM kinds");
        for (int i = 0; i < 3; i++)
        {
            Account account = (await host.LookupAsync("u")).Account!;
            string value = account.Maildir is { } maildir ? Convert.ToHexString(WireText.ToBytes(maildir)) : "NULL";
            Assert.Equal(expected, value);
        }

        Assert.Empty(host.Errors);
        Assert.Equal(isPrepared ? "3" : "0", await CountAsync("Execute", "%''u''%FROM kinds%"));
    }

    [Fact]
    public async Task Look_ups_that_wait_travel_together_and_each_gets_its_own_answer()
    {
        await using MysqlHost host = Host("");
        Assert.Equal("/home/alice", (await host.LookupAsync("alice")).Account?.Home);
        string[] names = ["alice", "nobody", "b\xFC", "bob", "al\\ice", new string('a', 2000)];
        AuthOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 600).Select(i => host.LookupAsync(names[i % names.Length])));
        for (int i = 0; i < outcomes.Length; i++)
        {
            Assert.Equal(i % names.Length == 0 ? "/home/alice" : null, outcomes[i].Account?.Home);
            Assert.Equal(
                (i % names.Length) switch { 0 => Verdict.Accept, 3 => Verdict.TempFail, _ => Verdict.Reject }, outcomes[i].Verdict);
        }
    }

    [Fact]
    public async Task A_table_may_change_under_a_prepared_statement()
    {
        await using MysqlHost host = Host("", "changing");
        Assert.Equal("1", Show(await host.LookupAsync("alice")));
        await _server.SqlAsync("ALTER TABLE changing MODIFY uid double");
        Assert.Equal("1", Show(await host.LookupAsync("alice")));
        await _server.SqlAsync("DROP TABLE changing");
        Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice")).Verdict);
        Assert.Contains("changing' doesn't exist", Assert.Single(host.Errors), StringComparison.Ordinal);
        await _server.SqlAsync(
            "CREATE TABLE changing AS SELECT 'alice' AS id, 'secret' AS clear, 7 AS uid, 8 AS gid, '/new' AS home");
        Assert.Equal("7", Show(await host.LookupAsync("alice")));

        static string? Show(AuthOutcome outcome) => outcome.Account?.Uid?.ToString(CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task A_change_whose_connection_is_lost_is_not_sent_again()
    {
        // KILL in the statement itself ends the connection while the server executes it.
        await using MysqlHost host = Host("MYSQL_CHPASS_CLAUSE KILL IF('$(local_part)' = '', 0, CONNECTION_ID()) /* $(newpass) */");
        Assert.Equal(Verdict.TempFail, (await host.ChangeAsync("alice", "secret", "new")).Verdict);
        Assert.Equal("1", await CountAsync("Query", "KILL IF(%"));
        Assert.Single(host.Errors);
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("alice", "secret")).Verdict);
    }
}
