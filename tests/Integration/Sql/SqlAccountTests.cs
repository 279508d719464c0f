// The common answers of all SQL modules about accounts: field keys, outcomes, passwords, lists.
using Authd.Core;
using Authd.Tests.Integration.Support;
using Xunit;

namespace Authd.Tests.Integration.Sql;

public abstract class SqlAccountTests(string prefix)
{
    private const string Strong =
        "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/";

    /// <summary>The settings of <see cref="SqlPeople.Fields"/> with the connection.</summary>
    protected abstract string Settings { get; }

    /// <summary>The expression for the options.</summary>
    protected abstract string Options { get; }

    /// <summary>The verdict of a lookup of an account without a home.</summary>
    protected abstract Verdict WithoutHome { get; }

    /// <summary>The verdict of a login to it with the right password.</summary>
    protected abstract Verdict LoginWithoutHome { get; }

    /// <summary>Accounts without a home are listed.</summary>
    protected abstract bool ListsWithoutHome { get; }

    /// <summary>Runs SQL beside the module.</summary>
    protected abstract Task<string> SqlAsync(string sql);

    private ModuleHost Host(string more = "", string table = "passwd") => new(
        $"auth{prefix.ToLowerInvariant()}",
        $"{Settings.Replace("TABLE passwd", $"TABLE {table}", StringComparison.Ordinal)}\n{more}", "", debug: 2);

    [Fact]
    public async Task Every_field_key_reaches_the_account_and_the_default_domain_is_appended()
    {
        await using ModuleHost host = Host();
        Account account = (await host.LookupAsync("alice")).Account!;
        Assert.Empty(host.Errors);
        Assert.Equal("alice@example.com", account.Address);
        Assert.Equal((1001u, 1002u), (account.Uid!.Value, account.Gid));
        Assert.Equal(("/home/alice", "Maildir", "100S"), (account.Home, account.Maildir, account.Quota));
        Assert.Equal(("Alice A, x", "disableimap=0"), (account.FullName, account.Options));
        Assert.Equal(SqlPeople.Sha, account.StoredPassword);
        Assert.Equal("|/bin/deliver", (await host.LookupAsync("alice", "courier")).Account!.Maildir);
        Assert.Contains(
            $"Debug: SQL query: SELECT id, crypt, clear, uid, gid, home, maildir, quota, name, {Options} "
            + "FROM passwd WHERE id = 'alice@example.com' AND (1=1)", host.Lines);
    }

    [Fact]
    public async Task The_where_clause_limits_who_is_found()
    {
        await using ModuleHost host = Host($"{prefix}_WHERE_CLAUSE uid < 1002");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.LookupAsync("bob")).Verdict);
    }

    [Theory]
    [InlineData("none", Verdict.Accept)]
    [InlineData("nouid", Verdict.TempFail)]
    [InlineData("root", Verdict.TempFail)]
    [InlineData("forged", Verdict.TempFail)]
    [InlineData("nobody", Verdict.Reject)]
    [InlineData("", Verdict.Reject)]
    public async Task A_row_decides_the_outcome(string user, Verdict verdict)
    {
        await using ModuleHost host = Host();
        Assert.Equal(verdict, (await host.LookupAsync(user)).Verdict);
        Assert.Equal(verdict == Verdict.TempFail, host.Errors.Length > 0);
    }

    [Fact]
    public async Task A_row_without_a_home_is_what_it_is_to_the_C_daemons_module()
    {
        await using ModuleHost host = Host();
        Assert.Equal(WithoutHome, (await host.LookupAsync("nohome")).Verdict);
        Assert.Equal(LoginWithoutHome, (await host.LoginAsync("nohome", "secret")).Verdict);
        Assert.Equal(Verdict.Reject == WithoutHome, host.Errors.Length == 0);
    }

    [Fact]
    public async Task A_login_is_checked_against_the_hash_or_else_the_clear_text_and_never_against_nothing()
    {
        await using ModuleHost host = Host();
        Assert.Equal("password", (await host.LoginAsync("alice", "password")).Account!.ClearPassword);
        Assert.Equal(Verdict.Reject, (await host.LoginAsync("alice", "wrong")).Verdict);
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("bob", "secret")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.LoginAsync("bob", "wrong")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.LoginAsync("none", "x")).Verdict);
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("o'neil", "o'neil\\")).Verdict);
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("back\\slash", "secret")).Verdict);
        Assert.Contains(
            host.Lines,
            line => line.EndsWith(
                "sysusername=<null>, sysuserid=1001, sysgroupid=1002, homedir=/home/alice, address=alice@example.com, "
                + "fullname=Alice A, x, maildir=Maildir, quota=100S, options=disableimap=0", StringComparison.Ordinal));
        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task Cram_needs_the_clear_text_and_works_beside_a_hash()
    {
        await using ModuleHost host = Host();
        Assert.Equal("password", (await host.CramAsync("both", "password")).Account!.ClearPassword);
        Assert.Equal(Verdict.Reject, (await host.CramAsync("both", "wrong")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.CramAsync("alice", "password")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.CramAsync("alice", "")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.CramAsync("none", "")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.CramAsync("nobody", "x")).Verdict);
    }

    [Fact]
    public async Task A_changed_password_is_written_where_the_row_had_one_and_never_weaker()
    {
        const string fresh = "n'ew\\";
        await SqlAsync($"""
            DROP TABLE IF EXISTS changing;
            CREATE TABLE changing AS SELECT * FROM passwd WHERE id LIKE 'both%' OR id LIKE 'alice%' OR id LIKE 'bob%';
            INSERT INTO changing (id, crypt, uid, gid, home) VALUES ('strong@example.com', '{Strong}', 1, 1, '/x');
            """);
        await using ModuleHost host = Host(table: "changing");
        Assert.Equal(Verdict.Reject, (await host.ChangeAsync("alice", "wrong", "new")).Verdict);
        foreach (string user in (string[])["alice", "both", "strong"])
        {
            Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync(user, "password", fresh));
            Assert.Equal(Verdict.Accept, (await host.LoginAsync(user, fresh)).Verdict);
        }

        Assert.Equal(Verdict.Accept, (await host.CramAsync("both", fresh)).Verdict);
        Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync("bob", "secret", "new"));
        Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync("bob", "new", "new"));
        Assert.Equal("-\nnew\nset\n-", await SqlAsync(
            "SELECT CASE WHEN clear IS NULL THEN '-' WHEN id LIKE 'both%' THEN 'set' ELSE clear END FROM changing ORDER BY id"));
        Assert.Equal("{SS\n-\n{SS\n$6$", await SqlAsync(
            "SELECT CASE WHEN crypt = '' THEN '-' ELSE substr(crypt, 1, 3) END FROM changing ORDER BY id"));
        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task A_password_change_that_changes_no_row_fails()
    {
        await using ModuleHost host = Host($"{prefix}_CHPASS_CLAUSE UPDATE passwd SET clear='$(newpass)' WHERE id='$(local_part)-nobody'");
        Assert.Equal(Verdict.TempFail, (await host.ChangeAsync("both", "password", "new")).Verdict);
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("both", "password")).Verdict);
    }

    [Fact]
    public async Task All_accounts_are_listed_but_those_without_name_or_clean_values()
    {
        await using ModuleHost host = Host($"{prefix}_WHERE_CLAUSE id < 'nz'");
        List<string> listed = await host.ListAsync();
        string[] homeless = ListsWithoutHome ? ["nohome@example.com"] : [];
        Assert.Equal(
            [
                "alice@example.com 1001 1002 /home/alice Maildir disableimap=0", "back\\slash@example.com", "bob@example.com",
                "both@example.com", WireText.FromUnicode("müller@example.com"), .. homeless, "none@example.com",
            ],
            listed.Order(StringComparer.Ordinal).Select((line, i) => i == 0 ? line : line.Split(' ')[0]));
        Assert.Contains(
            $"Debug: auth{prefix.ToLowerInvariant()}: enumerate query: SELECT id, uid, gid, home, maildir, {Options} FROM passwd "
            + "WHERE id < 'nz'", host.Lines);
    }
}
