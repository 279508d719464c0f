// The deliberate differences of authmysql, each on both daemons.
using Authd.Tests.Conformance.Differences;
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;
using static Authd.Tests.Conformance.Differences.Difference;

namespace Authd.Tests.Conformance.Mysql;

[Collection(MysqlGroup.Name)]
public sealed class MysqlDifferenceTests(MysqlAccounts accounts)
{
    internal const string Tempfail = "mysql-tempfail";
    private const string IncompleteLists = "mysql-incomplete-lists";
    private const string BadIds = "mysql-bad-ids";
    private const string Escaping = "mysql-escaping";
    private const string Statements = "mysql-several-statements";
    private const string NoUpdate = "mysql-where-clause";
    private const string Tls = "mysql-tls";
    private const string Defaults = "mysql-defaults";
    internal const string ImpossibleNames = "mysql-impossible-names";

    private const string End = "OPTIONS=disableimap=0,d=1\n.\n";

    /// <summary>The names under which docs/DIFFERENCES.md explains them.</summary>
    public static IReadOnlyList<string> Ids { get; } =
        [Tempfail, IncompleteLists, BadIds, Escaping, Statements, NoUpdate, Tls, Defaults, ImpossibleNames];

    [Theory]
    [InlineData("MYSQL_USER_TABLE nosuchtable\nMYSQL_CLEAR_PWFIELD clear")]
    [InlineData("MYSQL_USER_TABLE passwd\nMYSQL_CLEAR_PWFIELD clear\nMYSQL_WHERE_CLAUSE syntax error")]
    [InlineData("MYSQL_USER_TABLE passwd\nMYSQL_CLEAR_PWFIELD clear\nMYSQL_HOME_FIELD ''")]
    [InlineData("MYSQL_USER_TABLE passwd")]
    public async Task What_fails_is_no_wrong_password(string settings)
    {
        using CourierSite site = accounts.NewSite(settings);
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        await AssertAsync(pair, new Difference(Tempfail, Requests.Login("bob", "password"), Fail, Nothing));
        Assert.Equal("", await pair.AssertSameAsync(Requests.Lookup("bob")));
        Assert.Equal("FAIL\n", await pair.AssertSameAsync(Requests.ChangePassword("bob", "password", "x")));
    }

    [Fact]
    public async Task A_database_that_is_away_is_no_wrong_password()
    {
        using CourierSite site = accounts.NewSite([.. accounts.Usual]);
        // No server listens on port 1.
        site.Write("authmysqlrc", "##NAME: MARKER:0\nMYSQL_SERVER 127.0.0.1\nMYSQL_PORT 1\nMYSQL_OPT 0\n"
            + MariadbServer.Login + string.Concat(accounts.Usual.Select(l => l + "\n")));
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        await AssertAsync(pair, new Difference(Tempfail, Requests.Login("bob", "password"), Fail, Nothing));
        Assert.Equal("", await pair.AssertSameAsync(Requests.Lookup("bob")));
        await AssertAsync(pair, new Difference(
            IncompleteLists, Requests.Enumerate, Reply("# authmysql\n\n.\n"), Reply("# authmysql\n\n")));
    }

    [Theory]
    [InlineData("12x", "12")]
    [InlineData("-1", "4294967295")]
    public async Task Numbers_that_are_none_fail_temporarily(string uid, string c)
    {
        using CourierSite site = accounts.NewSite(
            [.. accounts.Usual, $"MYSQL_SELECT_CLAUSE SELECT '$(local_part)', '', 'password', '{uid}', 1, '/h'"]);
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        await AssertAsync(pair, new Difference(
            BadIds, Requests.Lookup("u"), Reply($"UID={c}\nGID=1\nHOME=/h\nADDRESS=u\nPASSWD2=password\n{End}"), Nothing));
    }

    [Fact]
    public async Task A_service_name_is_escaped_too()
    {
        using CourierSite site = accounts.NewSite(
            [.. accounts.Usual, "MYSQL_SELECT_CLAUSE SELECT '$(service)', '', 'password', 1, 1, '/h' FROM DUAL WHERE '$(local_part)' <> ''"]);
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        await AssertAsync(pair, new Difference(
            Escaping, Requests.Lookup("u", "x',NULL,'other',1,1,'/injected'#"),
            Reply("UID=1\nGID=1\nHOME=/injected\nADDRESS=x\nPASSWD2=other\n" + End),
            Reply("UID=1\nGID=1\nHOME=/h\nADDRESS=x',NULL,'other',1,1,'/injected'#\nPASSWD2=password\n" + End)));
    }

    [Fact]
    public async Task A_name_that_is_no_text_is_nobodys()
    {
        using CourierSite site = accounts.NewSite(
            [.. accounts.Usual, "MYSQL_SELECT_CLAUSE SELECT '$(local_part)', '', 'password', 1, 1, '/h' FROM DUAL WHERE '$(local_part)' <> ''"]);
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        await AssertAsync(pair, new Difference(
            ImpossibleNames, Requests.Lookup("j\u00fcrgen"),
            Reply("UID=1\nGID=1\nHOME=/h\nADDRESS=j\u00fcrgen\nPASSWD2=password\n" + End), Fail));
        Assert.StartsWith("UID=1\n", await pair.AssertSameAsync(Requests.Lookup("j\u00c3\u00bcrgen")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_several_statements_the_first_that_gives_rows_counts()
    {
        using CourierSite site = accounts.NewSite(
            ["MYSQL_SELECT_CLAUSE SET @u='$(local_part)'; SELECT @u, '', 'password', 1, 1, '/h'", .. accounts.Usual]);
        site.Write("authmysqlrc", (await File.ReadAllTextAsync(Path.Combine(site.Config, "authmysqlrc")))
            .Replace("MYSQL_OPT 0", "MYSQL_OPT 65536", StringComparison.Ordinal));
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        await AssertAsync(pair, new Difference(
            Statements, Requests.Lookup("u"), Fail, Reply("UID=1\nGID=1\nHOME=/h\nADDRESS=u\nPASSWD2=password\n" + End)));
    }

    [Fact]
    public async Task TLS_that_the_server_does_not_have_is_not_done_without()
    {
        using ScratchDirectory files = new();
        await ProcessRunner.RunOrThrowAsync(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=ca",
            "-keyout", files["ca.key"], "-out", files["ca.pem"],
        ]);
        using CourierSite site = accounts.NewSite([.. accounts.Usual, "MYSQL_SSL_CACERT " + files["ca.pem"]]);
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        await AssertAsync(pair, new Difference(
            Tls, Requests.Lookup("bob"), Reply("UID=1003\nGID=1003\nHOME=/home/bob\nADDRESS=bob\nPASSWD2=password\n" + End), Nothing));
    }

    [Fact]
    public async Task Port_and_options_have_defaults()
    {
        using CourierSite site = accounts.NewSite([.. accounts.Usual]);
        site.Write("authmysqlrc", $"##NAME: MARKER:0\nMYSQL_SOCKET {accounts.Server.Socket}\n{MariadbServer.Login}"
            + string.Concat(accounts.Usual.Select(l => l + "\n")));
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        await AssertAsync(pair, new Difference(Defaults, Requests.Lookup("bob"), Nothing, Reply(
            "UID=1003\nGID=1003\nHOME=/home/bob\nADDRESS=bob\nPASSWD2=password\n" + End)));
    }
}
