// The deliberate differences of authsqlite, each on both daemons.
using Authd.Tests.Conformance.Differences;
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;
using static Authd.Tests.Conformance.Differences.Difference;

namespace Authd.Tests.Conformance.Sqlite;

[Collection(SqliteGroup.Name)]
public sealed class SqliteDifferenceTests(SqliteAccounts accounts)
{
    private const string EmptyCram = "sqlite-cram-without-password";
    private const string BadIds = "sqlite-bad-ids";
    private const string Escaping = "sqlite-escaping";
    private const string IncompleteLists = "sqlite-incomplete-lists";
    private const string WhereClause = "sqlite-where-clause";

    /// <summary>The names under which docs/DIFFERENCES.md explains them.</summary>
    public static IReadOnlyList<string> Ids { get; } = [EmptyCram, BadIds, Escaping, IncompleteLists, WhereClause];

    [Fact]
    public async Task Nobody_gets_in_with_an_empty_password()
    {
        using CourierSite site = accounts.NewSite([.. accounts.Usual]);
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        await AssertAsync(pair, new Difference(
            EmptyCram, Requests.Cram("cram-md5", "nopw", "", "<1@h>"),
            Reply("UID=1\nGID=1\nHOME=/h\nADDRESS=nopw\nNAME=\nPASSWD=\nPASSWD2=\nOPTIONS=disableimap=0,d=1\n.\n"), Fail));
    }

    [Theory]
    [InlineData("0", "0")]
    [InlineData("NULL", "0")]
    [InlineData("7.5", "7")]
    [InlineData("'x'", "0")]
    public async Task Numbers_that_are_none_fail_temporarily(string uid, string c)
    {
        using CourierSite site = accounts.NewSite([.. accounts.Usual, "SQLITE_UID_FIELD " + uid]);
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        await AssertAsync(pair, new Difference(
            BadIds, Requests.Lookup("bob"),
            Reply($"UID={c}\nGID=1003\nHOME=/home/bob\nADDRESS=bob\nNAME=\nPASSWD=\nPASSWD2=password\nOPTIONS=disableimap=0,d=1\n.\n"), Nothing));
    }

    [Fact]
    public async Task A_service_name_is_escaped_too()
    {
        using CourierSite site = accounts.NewSite(
            [.. accounts.Usual, "SQLITE_SELECT_CLAUSE SELECT '$(service)', '', 'password', 1, 1, '/h' WHERE '$(local_part)' <> ''"]);
        await using DaemonPair pair = await DaemonPair.StartAsync(site);
        const string options = "OPTIONS=disableimap=0,d=1\n.\n";

        await AssertAsync(pair, new Difference(
            Escaping, Requests.Lookup("u", "x',NULL,'other',1,1,'/injected'--"),
            Reply($"UID=1\nGID=1\nHOME=/injected\nADDRESS=x\nNAME=\nPASSWD=\nPASSWD2=other\n{options}"),
            Reply($"UID=1\nGID=1\nHOME=/h\nADDRESS=x',NULL,'other',1,1,'/injected'--\nNAME=\nPASSWD=\nPASSWD2=password\n{options}")));
    }

    [Fact]
    public async Task A_quote_in_double_quotes_is_one_quote()
    {
        using CourierSite site = accounts.NewSite([.. accounts.Usual,
            "SQLITE_SELECT_CLAUSE SELECT local, pw, '', uid, gid, home FROM people WHERE local = \"$(local_part)\" AND domain = '$(domain)'"]);
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        Assert.StartsWith(
            "UID=1001\n", await pair.AssertSameAsync(Requests.Lookup("alice@example.com")), StringComparison.Ordinal);
        await AssertAsync(pair, new Difference(Escaping, Requests.Lookup("o'neil@ex'ample.com"), Fail, Reply(
            $"UID=1005\nGID=1005\nHOME=/home/oneil\nADDRESS=o'neil\nNAME=\nPASSWD={Userdb.UserdbAccounts.Md5Crypt}\nPASSWD2=\n"
            + "OPTIONS=disableimap=0,d=1\n.\n")));
    }

    [Fact]
    public async Task A_list_that_fails_is_not_complete()
    {
        using CourierSite site = accounts.NewSite([.. accounts.Usual, "SQLITE_ENUMERATE_CLAUSE SELECT nosuch"]);
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        await AssertAsync(pair, new Difference(
            IncompleteLists, Requests.Enumerate, Reply("# authsqlite\n\n.\n"), Reply("# authsqlite\n\n")));
    }

    [Theory]
    [InlineData("SQLITE_DATABASE /nonexistent/x.db\nSQLITE_USER_TABLE passwd\nSQLITE_CLEAR_PWFIELD clear")]
    [InlineData("SQLITE_USER_TABLE passwd\nSQLITE_CLEAR_PWFIELD clear\nSQLITE_WHERE_CLAUSE nosuch")]
    public async Task What_fails_is_a_temporary_failure_as_before(string settings)
    {
        using CourierSite site = accounts.NewSite();
        site.Write("authsqliterc", $"##NAME: MARKER:0\n{settings}\n{accounts.Connection}\n");
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        Assert.Equal("", await pair.AssertSameAsync(Requests.Login("bob", "password")));
        Assert.Equal("", await pair.AssertSameAsync(Requests.Lookup("bob")));
        Assert.Equal("FAIL\n", await pair.AssertSameAsync(Requests.ChangePassword("bob", "password", "x")));
    }
}
