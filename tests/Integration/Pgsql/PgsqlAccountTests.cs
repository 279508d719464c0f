// authpgsql's answers about accounts: every field key, outcomes, passwords.
using Authd.Core;
using Xunit;

namespace Authd.Tests.Integration.Pgsql;

[Collection(PgsqlFixture.Name)]
public sealed class PgsqlAccountTests(PgsqlFixture fixture)
{
    private static string Wire(string text) => WireText.FromUnicode(text);

    [Fact]
    public async Task Every_field_key_reaches_the_account_and_the_default_domain_is_appended()
    {
        await using PgsqlHost host = new(fixture.Settings);
        AuthOutcome outcome = await host.LookupAsync("alice");
        Assert.Empty(host.Errors);
        Account account = outcome.Account!;
        Assert.Equal("alice@example.com", account.Address);
        Assert.Equal((1001u, 1002u), (account.Uid!.Value, account.Gid));
        Assert.Equal(("/home/alice", "Maildir", "100S"), (account.Home, account.Maildir, account.Quota));
        Assert.Equal(("Alice A, x", "disableimap=0"), (account.FullName, account.Options));
        Assert.Equal("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", account.StoredPassword);
        Assert.Null(account.ClearPassword);
        Assert.Contains(
            "Debug: SQL query: SELECT id, crypt, clear, uid, gid, home, maildir, quota, name, 'disableimap=' || disableimap "
            + "FROM passwd WHERE id = 'alice@example.com' AND (1=1)", host.Lines);
    }

    [Fact]
    public async Task Service_courier_gets_default_delivery_in_place_of_the_mailbox()
    {
        await using PgsqlHost host = new(fixture.Settings);
        Assert.Equal("|/bin/deliver", (await host.LookupAsync("alice", "courier")).Account!.Maildir);
    }

    [Fact]
    public async Task The_where_clause_limits_who_is_found()
    {
        await using PgsqlHost host = new(fixture.Settings + "\nPGSQL_WHERE_CLAUSE uid < 1002");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.LookupAsync("bob")).Verdict);
        Assert.Contains("Debug: zero rows returned", host.Lines);
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
        await using PgsqlHost host = new(fixture.Settings);
        Assert.Equal(verdict, (await host.LookupAsync(user)).Verdict);
        Assert.Equal(verdict == Verdict.TempFail, host.Errors.Length > 0);
    }

    [Fact]
    public async Task A_login_is_checked_against_the_hash_or_else_the_clear_text()
    {
        await using PgsqlHost host = new(fixture.Settings);
        Assert.Equal("password", (await host.LoginAsync("alice", "password")).Account!.ClearPassword);
        Assert.Equal(Verdict.Reject, (await host.LoginAsync("alice", "wrong")).Verdict);
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("bob", "secret")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.LoginAsync("bob", "wrong")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.LoginAsync("none", "x")).Verdict);
        Assert.Contains("Debug: no password available to compare", host.Lines);
        Assert.Equal("", (await host.LoginAsync("nohome", "secret")).Account!.Home);
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("o'neil", "o'neil\\")).Verdict);
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("back\\slash", "secret")).Verdict);
        Assert.Contains(
            "Debug: authpgsql: sysusername=<null>, sysuserid=1001, sysgroupid=1002, homedir=/home/alice, "
            + "address=alice@example.com, fullname=Alice A, x, maildir=Maildir, quota=100S, options=disableimap=0", host.Lines);
    }

    [Fact]
    public async Task Cram_needs_the_clear_text_and_works_beside_a_hash()
    {
        await using PgsqlHost host = new(fixture.Settings);
        Assert.Equal("password", (await host.CramAsync("both", "password")).Account!.ClearPassword);
        Assert.Equal(Verdict.Reject, (await host.CramAsync("both", "wrong")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.CramAsync("alice", "password")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.CramAsync("none", "")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.CramAsync("nobody", "x")).Verdict);
    }

    [Fact]
    public async Task Names_and_passwords_are_bytes_in_the_databases_encoding()
    {
        await using PgsqlHost utf8 = new(fixture.Settings);
        Account found = (await utf8.LoginAsync(Wire("müller"), Wire("größe"))).Account!;
        Assert.Equal((Wire("müller@example.com"), Wire("/home/müller")), (found.Address, found.Home));
        Assert.Equal(Verdict.Reject, (await utf8.LookupAsync("m\xFCller")).Verdict);
        Assert.Empty(utf8.Errors);

        string latin1 = $"PGSQL_CONNECTION {fixture.Server.Conninfo} dbname=latin1\nPGSQL_USER_TABLE passwd\nPGSQL_CLEAR_PWFIELD clear";
        await using PgsqlHost plain = new(latin1);
        Assert.Equal("m\xFCller", (await plain.LoginAsync("m\xFCller", "gr\xF6\xDF" + "e")).Account!.Address);
        Assert.Equal(Verdict.Reject, (await plain.LookupAsync(Wire("müller"))).Verdict);

        await using PgsqlHost converted = new(latin1 + "\nPGSQL_CHARACTER_SET UTF8");
        Assert.Equal(Wire("müller"), (await converted.LoginAsync(Wire("müller"), Wire("größe"))).Account!.Address);
        Assert.Equal(Verdict.Reject, (await converted.LookupAsync(Wire("日本"))).Verdict);
        Assert.Contains("Debug: Using character set: UTF8", converted.Lines);
        Assert.Empty(converted.Errors);
    }

    [Theory]
    [InlineData("utf8", "using \"UTF8\"")]
    [InlineData("nonsense", "using the server's")]
    public async Task A_character_set_by_another_name_is_reported_and_the_connection_used(string name, string reported)
    {
        await using PgsqlHost host = new($"{fixture.Settings}\nPGSQL_CHARACTER_SET {name}");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        Assert.Equal($"Err: Cannot set character set to \"{name}\", {reported}.", Assert.Single(host.Errors));
    }

    [Fact]
    public async Task Columns_of_any_type_come_as_their_text()
    {
        await fixture.Server.PsqlAsync("""
            CREATE EXTENSION IF NOT EXISTS citext;
            CREATE DOMAIN homedir AS text;
            CREATE TYPE kind AS ENUM ('Maildir', 'mbox');
            CREATE TABLE typed (id citext, crypt varchar(80), uid numeric, gid text, home homedir, maildir kind);
            INSERT INTO typed VALUES ('Carol', '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', 2001, '2002', '/home/carol', 'Maildir');
            """);
        await using PgsqlHost host = new($"""
            PGSQL_CONNECTION {fixture.Server.Conninfo}
            PGSQL_USER_TABLE typed
            PGSQL_CRYPT_PWFIELD crypt
            PGSQL_MAILDIR_FIELD maildir
            """);
        Account account = (await host.LoginAsync("cAROL", "password")).Account!;
        Assert.Equal(("Carol", 2001u, 2002u), (account.Address, account.Uid!.Value, account.Gid));
        Assert.Equal(("/home/carol", "Maildir"), (account.Home, account.Maildir));
    }

    [Fact]
    public async Task A_changed_password_is_written_where_the_row_had_one_and_never_weaker()
    {
        await fixture.Server.PsqlAsync("""
            CREATE TABLE changing AS SELECT * FROM passwd WHERE id LIKE 'both%' OR id LIKE 'alice%' OR id LIKE 'bob%';
            INSERT INTO changing (id, crypt, uid, gid, home) VALUES ('strong@example.com',
                '$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/', 1, 1, '/x');
            """);
        await using PgsqlHost host = new(fixture.Settings.Replace("TABLE passwd", "TABLE changing", StringComparison.Ordinal));
        Assert.Equal(Verdict.Reject, (await host.ChangeAsync("alice", "wrong", "new")).Verdict);
        foreach (string user in new[] { "alice", "both", "strong" })
        {
            Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync(user, "password", "n'ew\\"));
            Assert.Equal(Verdict.Accept, (await host.LoginAsync(user, "n'ew\\")).Verdict);
        }

        Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync("bob", "secret", "new"));
        Assert.Equal(
            "alice@example.com|{|\nbob@example.com||new\nboth@example.com|{|n'ew\\\nstrong@example.com|$|",
            await fixture.Server.PsqlAsync("SELECT id, left(crypt, 1), clear FROM changing ORDER BY id"));
        Assert.Equal("$6$", await fixture.Server.PsqlAsync("SELECT left(crypt, 3) FROM changing WHERE id LIKE 'strong%'"));
    }

    [Fact]
    public async Task A_password_change_that_changes_no_row_fails()
    {
        await using PgsqlHost host = new(fixture.Settings + "\nPGSQL_CHPASS_CLAUSE UPDATE passwd SET clear='$(newpass)' WHERE id='nobody'");
        Assert.Equal(Verdict.TempFail, (await host.ChangeAsync("both", "password", "new")).Verdict);
        Assert.Contains("Debug: setpass SQL failed", host.Lines);
    }

    [Fact]
    public async Task All_accounts_are_listed_but_those_without_name_home_or_clean_values()
    {
        await using PgsqlHost host = new(fixture.Settings + "\nPGSQL_WHERE_CLAUSE id < 'nz'");
        List<string> listed = await host.ListAsync();
        Assert.Equal(
            [
                "alice@example.com 1001 1002 /home/alice Maildir disableimap=0", "back\\slash@example.com", "bob@example.com",
                "both@example.com", Wire("müller@example.com"), "none@example.com",
            ],
            listed.Order(StringComparer.Ordinal).Select((line, i) => i == 0 ? line : line.Split(' ')[0]));
        Assert.Contains(
            "Debug: authpgsql: enumerate query: SELECT id, uid, gid, home, maildir, 'disableimap=' || disableimap FROM passwd "
            + "WHERE id < 'nz'", host.Lines);
    }
}
