// authsqlite's answers about accounts: field keys, outcomes, passwords, clauses, lists.
using Authd.Core;
using Xunit;

namespace Authd.Tests.Integration.Sqlite;

public sealed class SqliteAccountTests : IAsyncLifetime
{
    private const string Columns = "id, crypt, clear, uid, gid, home, maildir, quota, name, ''";
    private SqliteFile _file = null!;

    public async Task InitializeAsync() => _file = await SqliteFile.NewAsync();

    public Task DisposeAsync()
    {
        _file.Dispose();
        return Task.CompletedTask;
    }

    private SqliteHost Host(string more = "") => new(_file.Settings + "\n" + more);

    [Fact]
    public async Task Every_field_key_reaches_the_account_and_the_default_domain_is_appended()
    {
        await using SqliteHost host = Host();
        Account account = (await host.LookupAsync("alice")).Account!;
        Assert.Empty(host.Errors);
        Assert.Equal("alice@example.com", account.Address);
        Assert.Equal((1001u, 1002u), (account.Uid!.Value, account.Gid));
        Assert.Equal(("/home/alice", "Maildir", "100S"), (account.Home, account.Maildir, account.Quota));
        Assert.Equal(("Alice A, x", "disableimap=0"), (account.FullName, account.Options));
        Assert.Equal(("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", ""), (account.StoredPassword, account.ClearPassword));
        Assert.Equal("|/bin/deliver", (await host.LookupAsync("alice", "courier")).Account!.Maildir);
        Assert.Contains(
            "Debug: SQL query: SELECT id, crypt, clear, uid, gid, home, maildir, quota, name, 'disableimap=' || disableimap "
            + "FROM passwd WHERE id = 'alice@example.com' AND (1=1)", host.Lines);
    }

    [Theory]
    [InlineData("none", Verdict.Accept)]
    [InlineData("nohome", Verdict.Reject)]
    [InlineData("nouid", Verdict.TempFail)]
    [InlineData("root", Verdict.TempFail)]
    [InlineData("forged", Verdict.TempFail)]
    [InlineData("nobody", Verdict.Reject)]
    [InlineData("", Verdict.Reject)]
    public async Task A_row_decides_the_outcome(string user, Verdict verdict)
    {
        await using SqliteHost host = Host();
        Assert.Equal(verdict, (await host.LookupAsync(user)).Verdict);
        Assert.Equal(verdict == Verdict.TempFail, host.Errors.Length > 0);
    }

    [Fact]
    public async Task A_login_is_checked_against_the_hash_or_else_the_clear_text_and_never_against_nothing()
    {
        await using SqliteHost host = Host();
        Assert.Equal("password", (await host.LoginAsync("alice", "password")).Account!.ClearPassword);
        Assert.Equal(Verdict.Reject, (await host.LoginAsync("alice", "wrong")).Verdict);
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("bob", "secret")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.LoginAsync("none", "x")).Verdict);
        Assert.Equal("", (await host.LoginAsync("nohome", "secret")).Account!.Home);
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("o'neil", "o'neil\\")).Verdict);
        Assert.Equal(Verdict.Accept, (await host.CramAsync("both", "password")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.CramAsync("alice", "")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.CramAsync("none", "")).Verdict);
    }

    [Fact]
    public async Task Two_rows_are_an_error()
    {
        await using SqliteHost host = Host("SQLITE_LOGIN_FIELD 'x@example.com'");
        Assert.Equal(Verdict.TempFail, (await host.LookupAsync("x")).Verdict);
        Assert.Equal("Err: authsqlite: Multiple rows returned", Assert.Single(host.Errors));
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
    public async Task A_changed_password_is_written_where_the_row_had_one()
    {
        await using SqliteHost host = Host();
        Assert.Equal(Verdict.Reject, (await host.ChangeAsync("alice", "wrong", "new")).Verdict);
        Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync("alice", "password", "n'ew"));
        Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync("both", "password", "n'ew"));
        Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync("bob", "secret", "new"));
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("both", "n'ew")).Verdict);
        Assert.Equal(
            "alice@example.com|{|\nbob@example.com||new\nboth@example.com|{|n'ew",
            await _file.SqlAsync("SELECT id, substr(crypt, 1, 1), clear FROM passwd WHERE id < 'c' ORDER BY id"));
        await using SqliteHost nobody = Host("SQLITE_CHPASS_CLAUSE UPDATE passwd SET clear='$(newpass)' WHERE id='nobody'");
        Assert.Equal(Verdict.TempFail, (await nobody.ChangeAsync("bob", "new", "x")).Verdict);
        Assert.Contains("Debug: setpass SQL failed", nobody.Lines);
    }

    [Fact]
    public async Task All_accounts_are_listed_but_those_without_clean_values()
    {
        await using SqliteHost host = Host("SQLITE_WHERE_CLAUSE id < 'nz'");
        Assert.Equal(
            [
                "alice@example.com 1001 1002 /home/alice Maildir disableimap=0", "bob@example.com 1003 1004 /home/bob  disableimap=0",
                "both@example.com 1003 1004 /home/both  disableimap=0", "nohome@example.com 1003 1004   disableimap=0",
                "none@example.com 1003 1004 /home/none  disableimap=0",
            ],
            (await host.ListAsync()).Order(StringComparer.Ordinal));
        await using SqliteHost broken = Host("SQLITE_WHERE_CLAUSE nonsense");
        await Assert.ThrowsAsync<EnumerationFailedException>(broken.ListAsync);
        Assert.Contains("no such column: nonsense", Assert.Single(broken.Errors), StringComparison.Ordinal);
        Assert.Equal(Verdict.TempFail, (await broken.LoginAsync("alice", "password")).Verdict);
    }
}
