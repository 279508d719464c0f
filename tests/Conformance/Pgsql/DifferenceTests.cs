// The deliberate differences of authpgsql, each on both daemons.
using Authd.Tests.Conformance.Differences;
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;
using static Authd.Tests.Conformance.Differences.Difference;

namespace Authd.Tests.Conformance.Pgsql;

[Collection(PgsqlGroup.Name)]
public sealed class PgsqlDifferenceTests(PgsqlAccounts accounts)
{
    private const string Tempfail = "pgsql-tempfail";
    private const string BadIds = "pgsql-bad-ids";
    internal const string ImpossibleNames = "pgsql-impossible-names";
    private const string LineEnds = "line-ends-in-values";
    internal const string IncompleteLists = "pgsql-incomplete-lists";
    private const string Escaping = "pgsql-escaping";
    private const string LatePasswd = "pgsql-passwd-without-configuration";

    /// <summary>The names under which docs/DIFFERENCES.md explains them.</summary>
    public static IReadOnlyList<string> Ids { get; } =
        [Tempfail, BadIds, ImpossibleNames, LineEnds, IncompleteLists, Escaping, LatePasswd];

    private static readonly string[] Table =
        ["PGSQL_USER_TABLE odd", "PGSQL_CRYPT_PWFIELD crypt", "PGSQL_CLEAR_PWFIELD clear"];

    [Theory]
    [InlineData("PGSQL_USER_TABLE nosuchtable")]
    [InlineData("PGSQL_USER_TABLE passwd\nPGSQL_HOME_FIELD nosuchcolumn")]
    [InlineData("PGSQL_USER_TABLE passwd\nPGSQL_WHERE_CLAUSE syntax error")]
    [InlineData("")]
    public async Task A_statement_that_fails_is_no_wrong_password(string settings)
    {
        using CourierSite site = new();
        site.WriteAuthdaemonrc("authpgsql");
        site.WriteAuthpgsqlrc(accounts.Server.Conninfo, settings, "PGSQL_CLEAR_PWFIELD clear");
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        await Difference.AssertAsync(pair, new Difference(Tempfail, Requests.Login("bob", "password"), Fail, Nothing));
        Assert.Equal("", await pair.AssertSameAsync(Requests.Lookup("bob")));
    }

    [Fact]
    public async Task A_database_that_is_away_is_no_wrong_password()
    {
        using CourierSite site = new();
        site.WriteAuthdaemonrc("authpgsql");
        // No server listens on port 1.
        site.WriteAuthpgsqlrc("host=127.0.0.1 port=1 user=x dbname=x connect_timeout=2", accounts.Usual);
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        await Difference.AssertAsync(pair, new Difference(Tempfail, Requests.Login("bob", "password"), Fail, Nothing));
        Assert.Equal("", await pair.AssertSameAsync(Requests.Lookup("bob")));
        Assert.Equal("FAIL\n", await pair.AssertSameAsync(Requests.ChangePassword("bob", "password", "x")));
        await Difference.AssertAsync(pair, new Difference(
            IncompleteLists, Requests.Enumerate, Reply("# authpgsql\n\n.\n"), Reply("# authpgsql\n\n")));
    }

    [Fact]
    public async Task A_missing_configuration_is_no_success()
    {
        using CourierSite site = new();
        site.WriteAuthdaemonrc("authpgsql");
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        await Difference.AssertAsync(pair, new Difference(Tempfail, Requests.Login("bob", "password"), Fail, Nothing));
        await Difference.AssertAsync(
            pair, new Difference(LatePasswd, Requests.ChangePassword("bob", "password", "x"), Reply("OK\n"), Fail));
    }

    [Fact]
    public async Task Rows_that_are_no_account_for_mail_fail_temporarily()
    {
        using CourierSite site = await OddSiteAsync();
        await using DaemonPair pair = await DaemonPair.StartAsync(site);
        foreach ((string name, string uid, string c) in ((string, string, string)[])
            [("zero", "0", "0"), ("negative", "-1", "4294967295"), ("plus", "+6", "6")])
        {
            await Difference.AssertAsync(pair, new Difference(
                BadIds, Requests.Lookup(name),
                Reply($"UID={c}\nGID=1\nHOME=/h\nADDRESS={name}\nNAME=\nPASSWD2=password\n.\n"), Nothing));
            await Eventually.IsTrueAsync(
                () => pair.Ours.LogLines.Any(line => line.StartsWith("ERR: ", StringComparison.Ordinal)
                    && line.Contains(name, StringComparison.Ordinal) && line.Contains(uid, StringComparison.Ordinal)),
                $"the error line for {name}");
        }

        foreach (string name in (string[])["wide", "null", "text", "tail", "empty"])
        {
            await Difference.AssertAsync(pair, new Difference(BadIds, Requests.Login(name, "password"), Fail, Nothing));
            Assert.Equal("", await pair.AssertSameAsync(Requests.Lookup(name)));
        }
    }

    [Fact]
    public async Task A_name_that_the_database_cannot_hold_is_unknown()
    {
        using CourierSite site = await OddSiteAsync();
        await using DaemonPair pair = await DaemonPair.StartAsync(site);
        foreach (string name in (string[])["j\u00fcrgen", "\u00c3", "\u00ed\u00a0\u0080", "\u00ff"])
        {
            await Difference.AssertAsync(pair, new Difference(ImpossibleNames, Requests.Lookup(name), Nothing, Fail));
            Assert.Equal("FAIL\n", await pair.AssertSameAsync(Requests.Login(name, "password")));
        }
    }

    [Fact]
    public async Task A_column_cannot_forge_a_line_of_the_reply()
    {
        using CourierSite site = await OddSiteAsync();
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        await Difference.AssertAsync(pair, new Difference(
            LineEnds, Requests.Lookup("forger"),
            Reply("UID=1\nGID=1\nHOME=/h\nUID=0\nADDRESS=forger\nNAME=\nPASSWD2=password\n.\n"), Nothing));
    }

    [Fact]
    public async Task A_service_name_is_escaped_too()
    {
        using CourierSite site = new();
        site.WriteAuthdaemonrc("authpgsql");
        site.WriteAuthpgsqlrc(
            accounts.Server.Conninfo,
            [.. accounts.Usual,
                "PGSQL_SELECT_CLAUSE SELECT '$(service)', '', 'password', 1, 1, '/h' WHERE '$(local_part)' <> ''"]);
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        await Difference.AssertAsync(pair, new Difference(
            Escaping, Requests.Lookup("u", "x',NULL,'other',1,1,'/injected'--"),
            Reply("UID=1\nGID=1\nHOME=/injected\nADDRESS=x\nNAME=\nPASSWD2=other\n.\n"),
            Reply("UID=1\nGID=1\nHOME=/h\nADDRESS=x',NULL,'other',1,1,'/injected'--\nNAME=\nPASSWD2=password\n.\n")));
    }

    /// <summary>A site on a new table with rows that should not exist.</summary>
    private async Task<CourierSite> OddSiteAsync()
    {
        await accounts.Server.PsqlAsync(
            """
            DROP TABLE IF EXISTS odd;
            CREATE TABLE odd (id text, crypt text, clear text, uid text, gid text, home text);
            INSERT INTO odd VALUES
              ('zero', NULL, 'password', '0', '1', '/h'), ('negative', NULL, 'password', '-1', '1', '/h'),
              ('wide', NULL, 'password', '4294967297', '1', '/h'), ('plus', NULL, 'password', '+6', '1', '/h'), ('null', NULL, 'password', NULL, '1', '/h'),
              ('text', NULL, 'password', 'abc', '1', '/h'), ('tail', NULL, 'password', '12x', '1', '/h'),
              ('empty', NULL, 'password', '', '1', '/h'), ('forger', NULL, 'password', '1', '1', E'/h\nUID=0');
            """);
        CourierSite site = new();
        site.WriteAuthdaemonrc("authpgsql");
        site.WriteAuthpgsqlrc(accounts.Server.Conninfo, Table);
        return site;
    }
}
