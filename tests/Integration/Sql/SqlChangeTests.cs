// Password changes that a database rejects, or does not store as sent:
// no secret appears in the log, and no unusable password is stored.
using Authd.Core;
using Authd.Tests.Integration.Support;
using Xunit;

namespace Authd.Tests.Integration.Sql;

public abstract class SqlChangeTests(string prefix)
{
    private const string Old = "password";
    private const string Fresh = "Quiet-Zebra\u00e4'77";
    private const string Md5Crypt = "$1$abcd1234$Kx528z52Ohx1JLSzliZmw0";
    private const string Des = "abJnggxhB/yWI";
    private const string Phone = "{SHA}9r5sqRCYTvBaI3oYDUZM64hHwUo="; // phone
    private const string Md5 = "X03MO1qnZdYdgyfeuILPmQ==";

    /// <summary>The settings of the connection alone.</summary>
    protected abstract string Connection { get; }

    /// <summary>A statement for a trigger that refuses a new clear text with
    /// a message that contains it; {0} is the message's text.</summary>
    protected abstract string RefusingTrigger { get; }

    /// <summary>A statement for a trigger that cuts the column <c>pw</c> of table narrow to {0} chars.</summary>
    protected abstract string CuttingTrigger { get; }

    /// <summary>A clause for a change that requires the new password to be a number.</summary>
    protected abstract string NumberClause { get; }

    /// <summary>An expression that concatenates two texts.</summary>
    protected abstract string Join(string first, string second);

    /// <summary>Runs SQL beside the module.</summary>
    protected abstract Task<string> SqlAsync(string sql);

    private ModuleHost Host(string settings, int debug = 0) => new(
        $"auth{prefix.ToLowerInvariant()}", $"{Connection}\n{settings.Replace("X_", prefix + "_", StringComparison.Ordinal)}", "", debug);

    public static TheoryData<string> Refusals => ["expression", "unique", "trigger", "number", "name"];

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_refused_change_is_told_without_what_was_sent(string kind)
    {
        await SqlAsync($"""
            DROP TABLE IF EXISTS leak;
            CREATE TABLE leak (email varchar(80), crypt varchar(200), clearpw varchar(80) UNIQUE, num int);
            INSERT INTO leak VALUES ('a@example.com', '{SqlPeople.Sha}', '{Old}', 1), ('b@example.com', '', 'Quiet-Zebraä''77', 2);
            {(kind == "trigger" ? RefusingTrigger : "")}
            """);
        string more = kind switch
        {
            "expression" => $"X_CLEAR_PWFIELD {Join("clearpw", "''")}",
            "number" => $"X_CLEAR_PWFIELD clearpw\nX_CHPASS_CLAUSE {NumberClause}",
            "name" => "X_CLEAR_PWFIELD clearpw\nX_CHPASS_CLAUSE UPDATE leak_$(newpass) SET clearpw='$(newpass)' WHERE email='$(local_part)'",
            _ => "X_CLEAR_PWFIELD clearpw",
        };
        await using ModuleHost host = Host(
            "X_USER_TABLE leak\nX_CRYPT_PWFIELD crypt\nX_UID_FIELD 5000\nX_GID_FIELD 5000\nX_LOGIN_FIELD email\nX_HOME_FIELD '/h'\n" + more,
            debug: 1);
        Assert.Equal(Verdict.TempFail, (await host.ChangeAsync("a@example.com", Old, WireText.FromUnicode(Fresh))).Verdict);
        string error = Assert.Single(host.Errors);
        Assert.StartsWith(
            $"Err: auth{prefix.ToLowerInvariant()}: password change failed for 'a@example.com': ", error, StringComparison.Ordinal);
        foreach (string part in (string[])["quie", "zebr", "'77", "ä''", "$6$", "{ssha}", "xE4", "xC3"])
        {
            Assert.DoesNotContain(host.Lines, line => line.Contains(part, StringComparison.OrdinalIgnoreCase));
        }

        Assert.Equal(Verdict.Accept, (await host.LoginAsync("a@example.com", Old)).Verdict);
    }

    public static TheoryData<int, string, string, string> Widths => new()
    {
        { 40, Md5Crypt, "", "$1$" },
        { 70, Md5Crypt, "", "$5$" },
        { 40, Des, "", "$1$" },
        { 20, Des, "", "abJ" },
        { 40, "{MD5}" + Md5, "", "{SSHA}" },
        { 30, "{MD5}" + Md5, "", "{MD5}" },
        { 200, Md5Crypt, "", "$6$" },
    };

    /// <summary>However the column treats a text that is too long: by an error, or by cutting it.</summary>
    [Theory]
    [MemberData(nameof(Widths))]
    public async Task A_hash_that_does_not_fit_is_made_in_a_form_that_does(int width, string stored, string more, string form)
    {
        foreach (bool cuts in (bool[])[false, true])
        {
            await MakeNarrowAsync(width, stored, cuts);
            await using ModuleHost host = Host(Narrow + more);
            Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync("ann", Old, "Quiet-Zebra"));
            Assert.Equal(Verdict.Accept, (await host.LoginAsync("ann", "Quiet-Zebra")).Verdict);
            string now = await SqlAsync("SELECT pw FROM narrow");
            Assert.True(form == "abJ" ? now.Length == Des.Length : now.StartsWith(form, StringComparison.Ordinal), now);
            Assert.Empty(host.Errors);
            string[] warnings = [.. host.Lines.Where(line => line.StartsWith("Warn:", StringComparison.Ordinal))];
            if (form == "$6$" || (form == "{SSHA}" && width >= 38))
            {
                Assert.Empty(warnings);
            }
            else
            {
                string warning = Assert.Single(warnings);
                Assert.Contains("the new password of 'ann' is stored as ", warning, StringComparison.Ordinal);
                Assert.Contains("Widen column pw to 255", warning, StringComparison.Ordinal);
                Assert.DoesNotContain(now[5..], warning, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_change_for_which_no_form_fits_is_none()
    {
        foreach (bool cuts in (bool[])[false, true])
        {
            await MakeNarrowAsync(34, Md5Crypt, cuts);
            await using ModuleHost host = new(
                $"auth{prefix.ToLowerInvariant()}",
                Connection + "\n" + Narrow.Replace("X_", prefix + "_", StringComparison.Ordinal),
                "[passwords]\nminimum = sha256crypt\n", debug: 0);
            Assert.Equal(Verdict.TempFail, (await host.ChangeAsync("ann", Old, "Quiet-Zebra")).Verdict);
            Assert.Equal(Verdict.Accept, (await host.LoginAsync("ann", Old)).Verdict);
            Assert.Equal(Md5Crypt, await SqlAsync("SELECT pw FROM narrow"));
            string warning = Assert.Single(host.Lines);
            Assert.Contains("password change failed for 'ann': ", warning, StringComparison.Ordinal);
            Assert.Contains("the old password stays. Widen column pw to 255", warning, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_clause_that_spoils_the_hash_is_undone_and_told()
    {
        await MakeNarrowAsync(200, Md5, cuts: false);
        await using ModuleHost host = Host(
            $"X_SELECT_CLAUSE SELECT login, {Join("'{MD5}'", "pw")}, '', 7, 7, '/h' FROM narrow WHERE login='$(local_part)'\n"
            + "X_ENUMERATE_CLAUSE SELECT login, 7, 7, '/h', '', '' FROM narrow\n"
            + "X_CHPASS_CLAUSE UPDATE narrow SET pw=substr('$(newpass_crypt)', 6) WHERE login='$(local_part)'");
        Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync("ann", Old, "Quiet-Zebra"));
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("ann", "Quiet-Zebra")).Verdict);
        Assert.Contains("is stored as {MD5}", Assert.Single(host.Lines), StringComparison.Ordinal);

        await using ModuleHost hopeless = Host(
            "X_SELECT_CLAUSE SELECT login, pw, '', 7, 7, '/h' FROM narrow WHERE login='$(local_part)'\n"
            + "X_ENUMERATE_CLAUSE SELECT login, 7, 7, '/h', '', '' FROM narrow\n"
            + "X_CHPASS_CLAUSE UPDATE narrow SET pw=upper('$(newpass_crypt)') WHERE login='$(local_part)'");
        await SqlAsync($"UPDATE narrow SET pw='{Md5Crypt}'");
        Assert.Equal(Verdict.TempFail, (await hopeless.ChangeAsync("ann", Old, "Quiet-Zebra")).Verdict);
        Assert.Equal(Verdict.Accept, (await hopeless.LoginAsync("ann", Old)).Verdict);
        Assert.Contains(
            "written to column pw, is something else when it is read back", Assert.Single(hopeless.Lines), StringComparison.Ordinal);
    }

    /// <summary>CRAM needs the unchanged clear text.</summary>
    [Fact]
    public async Task A_clear_text_that_is_cut_is_undone()
    {
        await MakeNarrowAsync(12, "password", cuts: true);
        await using ModuleHost host = Host(Narrow.Replace("CRYPT", "CLEAR", StringComparison.Ordinal));
        Assert.Equal(Verdict.TempFail, (await host.ChangeAsync("ann", Old, "Quiet-Zebra-77")).Verdict);
        Assert.Equal(Verdict.Accept, (await host.LoginAsync("ann", Old)).Verdict);
        Assert.Contains("Widen column pw.", Assert.Single(host.Lines), StringComparison.Ordinal);
        Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync("ann", Old, "Quiet-Zebra"));
    }

    /// <summary>A clear text, for CRAM, belongs to one of the passwords.</summary>
    [Fact]
    public async Task Of_several_passwords_each_changes_alone_and_the_clear_text_with_its_own()
    {
        await SqlAsync($"""
            DROP TABLE IF EXISTS many;
            CREATE TABLE many (login varchar(80), pw varchar(255), clearpw varchar(80));
            INSERT INTO many VALUES ('ann', '{Md5Crypt} {Phone}', '{Old}');
            """);
        await using ModuleHost host = new(
            $"auth{prefix.ToLowerInvariant()}",
            Connection + "\n" + (Narrow.Replace("narrow", "many", StringComparison.Ordinal) + "X_CLEAR_PWFIELD clearpw").Replace("X_", prefix + "_", StringComparison.Ordinal),
            "[passwords]\nhashes = 3\n", debug: 0);
        Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync("ann", "phone", "Quiet-Zebra"));
        Assert.Equal(Old, (await SqlAsync("SELECT clearpw FROM many")).Trim());
        Assert.StartsWith($"{Md5Crypt} {{SSHA}}", await SqlAsync("SELECT pw FROM many"), StringComparison.Ordinal);
        Assert.Equal(AuthOutcome.Changed, await host.ChangeAsync("ann", Old, "Loud-Lion"));
        Assert.Equal("Loud-Lion", (await SqlAsync("SELECT clearpw FROM many")).Trim());
        foreach ((string password, Verdict verdict) in new[]
            { ("Quiet-Zebra", Verdict.Accept), ("Loud-Lion", Verdict.Accept), ("phone", Verdict.Reject), (Old, Verdict.Reject) })
        {
            Assert.Equal(verdict, (await host.LoginAsync("ann", password)).Verdict);
        }

        Assert.Equal(Verdict.Accept, (await host.CramAsync("ann", "Loud-Lion")).Verdict);
        Assert.Equal(Verdict.Reject, (await host.CramAsync("ann", "Quiet-Zebra")).Verdict);
        Assert.Empty(host.Lines);
    }

    [Fact]
    public async Task A_change_that_meets_no_row_says_so()
    {
        await MakeNarrowAsync(200, Md5Crypt, cuts: false);
        await using ModuleHost host = Host(
            "X_SELECT_CLAUSE SELECT login, pw, '', 7, 7, '/h' FROM narrow WHERE login='$(local_part)'\n" + Narrow);
        Assert.Equal(Verdict.TempFail, (await host.ChangeAsync("ann@example.com", Old, "Quiet-Zebra")).Verdict);
        Assert.Equal(
            $"Warn: auth{prefix.ToLowerInvariant()}: password change failed for 'ann@example.com': the statement met no row: the row that the "
            + $"look-up has found has another login; set {prefix}_CHPASS_CLAUSE in {host.RcPath}; the statement is: "
            + "UPDATE narrow SET pw='$(newpass_crypt)' WHERE login='LOGIN' AND (1=1)",
            Assert.Single(host.Lines));
    }

    private const string Narrow = "X_USER_TABLE narrow\nX_CRYPT_PWFIELD pw\nX_UID_FIELD 7\nX_GID_FIELD 7\nX_LOGIN_FIELD login\nX_HOME_FIELD '/h'\n";

    private Task MakeNarrowAsync(int width, string stored, bool cuts) => SqlAsync($"""
        DROP TABLE IF EXISTS narrow;
        CREATE TABLE narrow (login varchar(80), pw varchar(200) {(cuts ? "" : $"CHECK (length(pw) <= {width})")});
        INSERT INTO narrow VALUES ('ann', '{stored}');
        {(cuts ? string.Format(null, CuttingTrigger, width) : "")}
        """);
}
