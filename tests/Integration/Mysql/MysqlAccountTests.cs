// authmysql's answers about accounts: field keys, outcomes, passwords, character sets, lists.
using Authd.Core;
using Xunit;

namespace Authd.Tests.Integration.Mysql;

[Collection(MysqlFixture.Name)]
public sealed class MysqlAccountTests(MysqlFixture fixture)
{
    private static string Wire(string text) => WireText.FromUnicode(text);

    [Fact]
    public async Task Every_field_key_reaches_the_account_and_the_default_domain_is_appended()
    {
        await using MysqlHost host = new(fixture.Settings);
        AuthOutcome outcome = await host.LookupAsync("alice");
        Assert.Empty(host.Errors);
        Account account = outcome.Account!;
        Assert.Equal("alice@example.com", account.Address);
        Assert.Equal((1001u, 1002u), (account.Uid!.Value, account.Gid));
        Assert.Equal(("/home/alice", "Maildir", "100S"), (account.Home, account.Maildir, account.Quota));
        Assert.Equal(("Alice A, x", "disableimap=0"), (account.FullName, account.Options));
        Assert.Equal("|/bin/deliver", (await host.LookupAsync("alice", "courier")).Account!.Maildir);
        Assert.Contains(
            "Debug: SQL query: SELECT id, crypt, clear, uid, gid, home, maildir, quota, name, concat('disableimap=', disableimap) "
            + "FROM passwd WHERE id = 'alice@example.com' AND (1=1)", host.Lines);
        Assert.Contains(host.Lines, line => line.StartsWith("Debug: authmysqllib: connected. Versions: header ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Empty_values_are_none_and_the_sample_files_names_are_understood()
    {
        string settings = fixture.Settings.Replace("DEFAULTDELIVERY_FIELD", "DEFAULTDELIVERY", StringComparison.Ordinal);
        await using MysqlHost host = new(settings.Replace("concat('disableimap=', disableimap)", "''", StringComparison.Ordinal));
        Account account = (await host.LookupAsync("bob")).Account!;
        Assert.Null(account.FullName);
        Assert.Null(account.Options);
        Assert.Null(account.StoredPassword);
        Assert.Equal("|/bin/deliver", (await host.LookupAsync("alice", "courier")).Account!.Maildir);
        Assert.DoesNotContain(host.Lines, line => line.StartsWith("Warn:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("none", Verdict.Accept)]
    [InlineData("nohome", Verdict.TempFail)]
    [InlineData("nouid", Verdict.TempFail)]
    [InlineData("root", Verdict.TempFail)]
    [InlineData("forged", Verdict.TempFail)]
    [InlineData("nobody", Verdict.Reject)]
    [InlineData("", Verdict.Reject)]
    public async Task A_row_decides_the_outcome(string user, Verdict verdict)
    {
        await using MysqlHost host = new(fixture.Settings);
        Assert.Equal(verdict, (await host.LookupAsync(user)).Verdict);
        Assert.Equal(verdict == Verdict.TempFail, host.Errors.Length > 0);
    }

    [Fact]
    public async Task A_login_is_checked_against_the_hash_or_else_the_clear_text()
    {
        await using MysqlHost host = new(fixture.Settings);
        Assert.Equal("password", (await host.LoginAsync("alice", "password")).Account!.ClearPassword);
        Assert.Equal(Verdict.Reject, (await host.LoginAsync("alice", "wrong")).Verdict);
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("bob", "secret")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.LoginAsync("none", "x")).Verdict);
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("o'neil", "o'neil\\")).Verdict);
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("back\\slash", "secret")).Verdict);
        Assert.Equal(Verdict.Accept, (await host.CramAsync("both", "password")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.CramAsync("alice", "password")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.CramAsync("none", "")).Verdict);
    }

    [Fact]
    public async Task Names_and_passwords_are_bytes_in_the_connections_character_set()
    {
        string old = fixture.Server.OverSocket + "MYSQL_USER_TABLE old\nMYSQL_CLEAR_PWFIELD clear\n";
        await using MysqlHost utf8 = new(old);
        Assert.Equal(Wire("müller"), (await utf8.LoginAsync(Wire("müller"), Wire("größe"))).Account!.Address);
        Assert.Equal(Verdict.Reject, (await utf8.LookupAsync(Wire("日本"))).Verdict);
        Assert.Equal(Verdict.Reject, (await utf8.LookupAsync("m\xFCller")).Verdict);
        Assert.Empty(utf8.Errors);

        await using MysqlHost latin1 = new(old + "MYSQL_CHARACTER_SET latin1");
        Assert.Equal("m\xFCller", (await latin1.LoginAsync("m\xFCller", "gr\xF6\xDF" + "e")).Account!.Address);
        Assert.Contains("Debug: Using character set: latin1", latin1.Lines);
        Assert.Empty(latin1.Errors);
    }

    [Theory]
    [InlineData("UTF8MB4", "utf8mb4")]
    [InlineData("nonsense", "utf8mb4")]
    public async Task A_character_set_by_another_name_is_reported_and_the_connection_used(string name, string reported)
    {
        await using MysqlHost host = new($"{fixture.Settings}\nMYSQL_CHARACTER_SET {name}");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        Assert.Equal($"Err: Cannot set character set to \"{name}\", using \"{reported}\".", Assert.Single(host.Errors));
    }

    [Fact]
    public async Task A_changed_password_is_written_where_the_row_had_one_and_never_weaker()
    {
        await fixture.Server.SqlAsync("""
            CREATE TABLE changing AS SELECT * FROM passwd WHERE id LIKE 'both%' OR id LIKE 'alice%' OR id LIKE 'bob%';
            INSERT INTO changing (id, crypt, uid, gid, home) VALUES ('strong@example.com',
                '$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/', 1, 1, '/x');
            """);
        await using MysqlHost host = new(fixture.Settings.Replace("TABLE passwd", "TABLE changing", StringComparison.Ordinal));
        Assert.Equal(Verdict.Reject, (await host.ChangeAsync("alice", "wrong", "new")).Verdict);
        foreach (string user in new[] { "alice", "both", "strong" })
        {
            Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync(user, "password", "n'ew\\"));
            Assert.Equal(Verdict.Accept, (await host.LoginAsync(user, "n'ew\\")).Verdict);
        }

        Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync("bob", "secret", "new"));
        Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync("bob", "new", "new"));
        Assert.Equal(
            "alice@example.com\t{\tNULL\nbob@example.com\t\tnew\nboth@example.com\t{\tn'ew\\\\\nstrong@example.com\t$\tNULL",
            await fixture.Server.SqlAsync("SELECT id, left(crypt, 1), clear FROM changing ORDER BY id"));
        Assert.Equal("$6$", await fixture.Server.SqlAsync("SELECT left(crypt, 3) FROM changing WHERE id LIKE 'strong%'"));
    }

    [Fact]
    public async Task A_password_change_that_finds_no_row_fails()
    {
        await using MysqlHost host = new(fixture.Settings + "\nMYSQL_CHPASS_CLAUSE UPDATE passwd SET clear='$(newpass)' WHERE id='nobody'");
        Assert.Equal(Verdict.TempFail, (await host.ChangeAsync("both", "password", "new")).Verdict);
    }

    [Fact]
    public async Task All_accounts_are_listed_but_those_without_name_or_clean_values()
    {
        await using MysqlHost host = new(fixture.Settings + "\nMYSQL_WHERE_CLAUSE id < 'nz'");
        List<string> listed = await host.ListAsync();
        Assert.Equal(
            [
                "alice@example.com 1001 1002 /home/alice Maildir disableimap=0", "back\\slash@example.com", "bob@example.com",
                "both@example.com", Wire("müller@example.com"), "nohome@example.com", "none@example.com",
            ],
            listed.Order(StringComparer.Ordinal).Select((line, i) => i == 0 ? line : line.Split(' ')[0]));
        Assert.Contains(
            "Debug: authmysql: enumerate query: SELECT id, uid, gid, home, maildir, concat('disableimap=', disableimap) FROM passwd "
            + "WHERE id < 'nz'", host.Lines);
    }
}
