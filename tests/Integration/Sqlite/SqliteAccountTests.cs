// authsqlite's answers about accounts, and its own features: several rows as an error, clauses in its SQL.
using Authd.Core;
using Authd.Tests.Integration.Sql;
using Xunit;

namespace Authd.Tests.Integration.Sqlite;

public sealed class SqliteAccountTests() : SqlAccountTests("SQLITE"), IAsyncLifetime
{
    private const string Columns = "id, crypt, clear, uid, gid, home, maildir, quota, name, ''";
    private SqliteFile _file = null!;

    protected override string Settings => _file.Settings;

    protected override string Options => SqliteFile.Options;

    protected override Verdict WithoutHome => Verdict.Reject;

    protected override Verdict LoginWithoutHome => Verdict.Accept;

    protected override bool ListsWithoutHome => true;

    public async Task InitializeAsync() => _file = await SqliteFile.NewAsync();

    public Task DisposeAsync()
    {
        _file.Dispose();
        return Task.CompletedTask;
    }

    protected override Task<string> SqlAsync(string sql) => _file.SqlAsync(sql);

    private SqliteHost Host(string more = "") => new(_file.Settings + "\n" + more);

    [Fact]
    public async Task Two_rows_are_an_error()
    {
        await using SqliteHost host = Host("SQLITE_LOGIN_FIELD 'x@example.com'");
        Assert.Equal(Verdict.TempFail, (await host.LookupAsync("x")).Verdict);
        string error = Assert.Single(host.Errors);
        Assert.StartsWith($"Err: authsqlite: {host.RcPath}: ", error, StringComparison.Ordinal);
        Assert.Contains(": Multiple rows returned; the statement is: SELECT 'x@example.com', ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SELECT {0} FROM passwd WHERE id = '$(local_part)@$(domain)'")]
    [InlineData("SELECT {0} FROM passwd WHERE id = \"$(local_part)@$(domain)\";")]
    [InlineData("SELECT {0} FROM passwd WHERE id = '$(local_part)' || '@' || $(domain) -- it's $(service)\n")]
    [InlineData("SELECT {0} FROM passwd WHERE id LIKE '$(local_part)@%' AND '$(service)' /* ' */ = 'imap' AND id = '$(local_part)@$(domain)'")]
    [InlineData("SELECT {0} FROM [passwd] WHERE `id` = '$(local_part)@$(domain)'; SELECT 1 WHERE 0;")]
    [InlineData("CREATE TEMP TABLE IF NOT EXISTS w (x); DELETE FROM w; INSERT INTO w VALUES ('$(local_part)@$(domain)'); SELECT {0} FROM passwd JOIN w ON id = x")]
    public async Task A_variable_is_a_parameter(string clause)
    {
        await using SqliteHost host = Host("SQLITE_SELECT_CLAUSE " + clause.Replace("{0}", Columns, StringComparison.Ordinal));
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal("alice@example.com", (await host.LookupAsync("alice@example.com")).Account?.Address);
            foreach (string hostile in new[] { "' OR '1'='1", "\" OR \"1\"=\"1", "id", "x'; DROP TABLE passwd; --", "a\0b", "\xFF", "%", "\\" })
            {
                Assert.Equal(Verdict.Reject, (await host.LookupAsync(hostile)).Verdict);
            }
        }

        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task A_name_place_takes_names_only()
    {
        await _file.SqlAsync("CREATE TABLE users_corp AS SELECT * FROM passwd");
        foreach (string place in new[] { "users_$(domain)", "[users_$(domain)]" })
        {
            await using SqliteHost host = Host($"SQLITE_SELECT_CLAUSE SELECT {Columns} FROM {place} WHERE id = '$(local_part)@example.com'");
            Assert.Equal("alice@example.com", (await host.LookupAsync("alice@corp")).Account!.Address);
            Assert.Empty(host.Errors);
            Assert.Equal(Verdict.TempFail, (await host.LookupAsync("alice@corp] WHERE 0; DROP TABLE users_corp")).Verdict);
            Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice@corp")).Verdict);
        }
    }

    [Fact]
    public async Task A_list_that_fails_is_no_list()
    {
        await using SqliteHost broken = Host("SQLITE_WHERE_CLAUSE nonsense");
        await Assert.ThrowsAsync<EnumerationFailedException>(broken.ListAsync);
        Assert.Contains("no such column: nonsense", Assert.Single(broken.Errors), StringComparison.Ordinal);
        Assert.Equal(Verdict.TempFail, (await broken.LoginAsync("alice", "password")).Verdict);
    }
}
