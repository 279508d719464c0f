// Configurations and rows that look right but are wrong: the log says so, and no user gains by it.
using Authd.Core;
using Authd.Tests.Integration.Support;
using Xunit;

namespace Authd.Tests.Integration.Sql;

public abstract class SqlMistakeTests(string prefix)
{
    private const string Columns = "id, crypt, clear, uid, gid, home";

    /// <summary>The settings of <see cref="SqlPeople.Fields"/> with the connection.</summary>
    protected abstract string Settings { get; }

    /// <summary>A result of several rows is an error.</summary>
    protected virtual bool RefusesSeveral => false;

    /// <summary>The verdict for a row without a home.</summary>
    protected abstract Verdict WithoutHome { get; }

    /// <summary>Runs SQL beside the module.</summary>
    protected abstract Task<string> SqlAsync(string sql);

    private string Module => $"auth{prefix.ToLowerInvariant()}";

    private ModuleHost Host(string more) => new(
        Module, $"{Settings}\n{more.Replace("X_", prefix + "_", StringComparison.Ordinal)}", "", debug: 0);

    /// <summary>Any name would find the first row's user, and log in with that user's password.</summary>
    [Theory]
    [InlineData("X_SELECT_CLAUSE SELECT {0} FROM passwd", "there is no $(local_part) in it")]
    [InlineData("X_SELECT_CLAUSE SELECT {0} FROM passwd WHERE id LIKE '%@$(domain)'", "there is no $(local_part) in it")]
    [InlineData("X_SELECT_CLAUSE SELECT {0} FROM passwd -- WHERE id = '$(local_part)'", "there is no $(local_part) in it")]
    [InlineData("X_SELECT_CLAUSE SELECT {0} FROM passwd WHERE id = '$(user)'", "there is no $(local_part) in it")]
    [InlineData("X_CHPASS_CLAUSE UPDATE passwd SET crypt = '$(newpass_crypt)'", "there is no $(local_part) in it")]
    [InlineData("X_SELECT_CLAUSE SELECT {0} \\\n FROM passwd\n  WHERE id = '$(local_part)@$(domain)'",
        "'WHERE' is no setting, but looks like the rest of X_SELECT_CLAUSE: put a \\ at the end of line ")]
    [InlineData("X_SELECT_CLAUSE SELECT {0} FROM passwd WHERE id = '$(local_part)@$(domain)'\nAND uid < 5", "'AND' is no setting")]
    [InlineData("X_WHERE_CLAUSE uid > 5\n\n# who may\nor uid = 4", "'or' is no setting, but looks like the rest of X_WHERE_CLAUSE")]
    public async Task A_clause_that_is_not_whole_is_refused_with_its_place(string clause, string complaint)
    {
        await using ModuleHost host = Host(clause.Replace("{0}", Columns, StringComparison.Ordinal));
        foreach (string user in (string[])["alice", "nobody", "alice@example.com"])
        {
            Assert.Equal(Verdict.TempFail, (await host.LookupAsync(user)).Verdict);
            Assert.Equal(Verdict.TempFail, (await host.LoginAsync(user, "password")).Verdict);
        }

        string error = Assert.Single(host.Errors);
        Assert.StartsWith($"Err: {host.RcPath}:", error, StringComparison.Ordinal);
        Assert.Contains(complaint.Replace("X_", prefix + "_", StringComparison.Ordinal), error, StringComparison.Ordinal);
    }

    /// <summary>Everybody who asks meets the same mistake, and the log has it once, with the place to look at.</summary>
    [Theory]
    [InlineData("X_WHERE_CLAUSE activ = 1", "X_WHERE_CLAUSE", "activ")]
    [InlineData("X_HOME_FIELD homedir", "X_HOME_FIELD", "homedir")]
    [InlineData("X_GID_FIELD no_such_function(gid)", "X_GID_FIELD", "no_such_function")]
    [InlineData("X_LOGIN_FIELD login_name", "X_LOGIN_FIELD", "login_name")]
    [InlineData("X_SELECT_CLAUSE SELECT id, crypt, clear, uid, gid, homedir FROM passwd WHERE id = '$(local_part)'", "X_SELECT_CLAUSE", "homedir")]
    public async Task A_statement_that_fails_is_told_once_with_file_line_key_and_statement(string line, string key, string name)
    {
        await using ModuleHost host = Host(line);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(Reasons.StatementFailed, (await host.LookupAsync("alice" + i)).Reason);
            Assert.Equal(Reasons.StatementFailed, (await host.LoginAsync("bob", "quiet-zebra")).Reason);
        }

        string error = Assert.Single(host.Errors);
        int number = Array.FindIndex(
            (await File.ReadAllTextAsync(host.RcPath)).Split('\n'), text => text == line.Replace("X_", prefix + "_", StringComparison.Ordinal)) + 1;
        Assert.StartsWith(
            $"Err: {Module}: {host.RcPath}:{number}: {key.Replace("X_", prefix + "_", StringComparison.Ordinal)}: ", error, StringComparison.Ordinal);
        Assert.Contains(name, error, StringComparison.Ordinal);
        Assert.Contains("; the statement is: SELECT id", error.Replace("SELECT login_name", "SELECT id", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("zebra", error, StringComparison.Ordinal);
        Assert.DoesNotContain("alice", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_is_news_again_when_the_statement_has_worked_in_between()
    {
        await SqlAsync("DROP TABLE IF EXISTS comes_and_goes; CREATE TABLE comes_and_goes (id varchar(80))");
        await using ModuleHost host = Host($"X_SELECT_CLAUSE SELECT {Columns} FROM passwd WHERE id = '$(local_part)@$(domain)' "
            + "AND NOT EXISTS (SELECT 1 FROM comes_and_goes)");
        for (int i = 1; i <= 2; i++)
        {
            Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
            await SqlAsync("DROP TABLE comes_and_goes");
            Assert.Equal(Reasons.StatementFailed, (await host.LookupAsync("alice")).Reason);
            Assert.Equal(Reasons.StatementFailed, (await host.LookupAsync("bob")).Reason);
            Assert.Equal(i, host.Errors.Length);
            await SqlAsync("CREATE TABLE comes_and_goes (id varchar(80))");
        }
    }

    /// <summary>A clause may hold the key that passwords are encrypted with.</summary>
    [Fact]
    public async Task A_key_in_a_clause_is_not_shown()
    {
        await using ModuleHost host = Host(
            $"X_SELECT_CLAUSE SELECT id, crypt, aes_decrypt(clear, 'Quiet-Zebra-Key'), uid, gid, homedir FROM passwd WHERE id = '$(local_part)'");
        Assert.Equal(Reasons.StatementFailed, (await host.LookupAsync("alice")).Reason);
        string error = Assert.Single(host.Errors);
        Assert.DoesNotContain("Zebra", error, StringComparison.Ordinal);
        Assert.Contains("'$(local_part)'", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X_UID_FIELD concat(id,'/", "X_UID_FIELD: unterminated '")]
    [InlineData("X_HOME_FIELD 'it's'", "X_HOME_FIELD: unterminated '")]
    [InlineData("X_WHERE_CLAUSE id <> 'x", "X_WHERE_CLAUSE: unterminated '")]
    public async Task A_quote_that_is_not_closed_is_that_of_its_key(string line, string complaint)
    {
        await using ModuleHost host = Host(line);
        Assert.Equal(Reasons.Configuration, (await host.LookupAsync("alice")).Reason);
        string error = Assert.Single(host.Errors);
        Assert.Matches($"^Err: {host.RcPath}:[0-9]+: {complaint.Replace("X_", prefix + "_", StringComparison.Ordinal)}", error);
    }

    [Theory]
    [InlineData("'!$6$abcdefgh$x'", Reasons.AccountLocked)]
    [InlineData("'*LK*'", Reasons.AccountLocked)]
    [InlineData("'{FOO}bar'", Reasons.UnknownScheme + " {FOO}")]
    [InlineData("'{SHA}short'", Reasons.DamagedHash + " {SHA}")]
    [InlineData("crypt", Reasons.WrongPassword)]
    public async Task Locks_and_unknown_schemes_are_told_apart_from_wrong_passwords(string hash, string reason)
    {
        await using ModuleHost host = Host($"X_SELECT_CLAUSE SELECT id, {hash}, '', uid, gid, home FROM passwd WHERE id = '$(local_part)@$(domain)'");
        AuthOutcome outcome = await host.LoginAsync("alice", "quiet-zebra");
        Assert.Equal((Verdict.Reject, reason), (outcome.Verdict, outcome.Reason));
    }

    [Fact]
    public async Task More_than_one_row_is_said_once()
    {
        await using ModuleHost host = Host($"X_SELECT_CLAUSE SELECT {Columns} FROM passwd WHERE home <> '$(local_part)' ORDER BY id");
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(RefusesSeveral ? Verdict.TempFail : Verdict.Accept, (await host.LookupAsync("x" + i)).Verdict);
        }

        if (!RefusesSeveral)
        {
            Assert.Empty(host.Errors);
            Assert.Equal(
                $"Warn: {Module}: looking 'x0@example.com' up gave more than one row, and the first counts: "
                + "SELECT_CLAUSE or WHERE_CLAUSE should leave one for each user",
                Assert.Single(host.Lines));
        }
    }

    [Fact]
    public async Task Odd_homes_are_told_for_lookups_and_for_logins()
    {
        await SqlAsync($"""
            DROP TABLE IF EXISTS odd;
            CREATE TABLE odd AS SELECT {Columns} FROM passwd WHERE id LIKE 'bob%';
            INSERT INTO odd VALUES ('none', '', 'secret', 7, 7, ''), ('null', '', 'secret', 7, 7, NULL), ('before', '', 'secret', 7, 7, ' /h'),
                ('behind', '', 'secret', 7, 7, '/h	'), ('control', '', 'secret', 7, 7, '/h/	x');
            """);
        await using ModuleHost host = Host(
            $"X_SELECT_CLAUSE SELECT {Columns} FROM odd WHERE id = '$(local_part)'\n");
        foreach (string user in (string[])["before", "behind", "control"])
        {
            Assert.Equal(Verdict.Accept, (await host.LookupAsync(user)).Verdict);
            Assert.Equal(Verdict.Accept, (await host.LoginAsync(user, "secret")).Verdict);
            Assert.Contains($"{Module}: '{user}' has ", Assert.Single(host.Lines), StringComparison.Ordinal);
            host.Lines.Clear();
        }

        foreach (string user in (string[])["none", "null"])
        {
            Assert.Equal(WithoutHome, (await host.LookupAsync(user)).Verdict);
            await host.LoginAsync(user, "secret");
            Assert.NotEmpty(host.Lines);
            Assert.All(host.Lines, line => Assert.Contains($"'{user}'", line, StringComparison.Ordinal));
            host.Lines.Clear();
        }
    }
}
