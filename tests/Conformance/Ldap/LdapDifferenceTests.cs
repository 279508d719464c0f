// The deliberate differences of authldap, each on both daemons.
using Authd.Tests.Conformance.Differences;
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;
using static Authd.Tests.Conformance.Differences.Difference;

namespace Authd.Tests.Conformance.Ldap;

[Collection(LdapGroup.Name)]
public class LdapDifferenceTests(LdapTree tree)
{
    private const string Tempfail = "ldap-tempfail";
    private const string IncompleteLists = "ldap-incomplete-lists";
    internal const string Escaping = "ldap-escaping";
    internal const string BadIds = "ldap-bad-ids";
    private const string GlobalGid = "ldap-global-gid";
    private const string Version = "ldap-version";
    private const string Home = "ldap-home";
    private const string MailRoot = "ldap-mailroot";
    private const string Timeout = "ldap-timeout";
    private const string ListFilter = "ldap-list-filter";
    private const string OptionNames = "ldap-option-names";
    private const string MapBase = "ldap-map-base";
    private const string OneBind = "ldap-one-bind";
    private const string Forms = "ldap-password-change";
    private const string Alice = "alice@example.com";

    /// <summary>The names under which docs/DIFFERENCES.md explains them.</summary>
    public static IReadOnlyList<string> Ids { get; } =
    [
        Tempfail, IncompleteLists, Escaping, BadIds, GlobalGid, Version, Home, MailRoot, Timeout, ListFilter, OptionNames,
        MapBase, OneBind,
        Forms,
    ];

    /// <summary>The replaced text of the usual settings, and its replacement.</summary>
    [Theory]
    [InlineData("LDAP_URI ", "LDAP_URI ldap://127.0.0.1:1\nLDAP_URI ")] // nobody listens on port 1; the first setting counts
    [InlineData("s3cret words", "wrong")]
    [InlineData("ou=people", "ou=nowhere")]
    public async Task A_directory_that_is_away_or_refuses_is_no_unknown_user(string old, string fresh)
    {
        using CourierSite site = new();
        await using DaemonPair pair = await LdapTree.PairAsync(
            site, tree.Settings.Replace(old, fresh, StringComparison.Ordinal));
        await AssertAsync(pair, new Difference(Tempfail, Requests.Lookup(Alice), Fail, Nothing));
        await AssertAsync(pair, new Difference(Tempfail, Requests.Login(Alice, "password"), Fail, Nothing));
        Assert.Equal("FAIL\n", await pair.AssertSameAsync(Requests.ChangePassword(Alice, "password", "x")));
        if (old != "ou=people")
        {
            await AssertAsync(pair, new Difference(
                IncompleteLists, Requests.Enumerate, Reply("# authldap\n\n.\n"), Reply("# authldap\n\n")));
        }
    }

    [Fact]
    public async Task An_address_is_the_login_as_typed()
    {
        using CourierSite site = new();
        await using DaemonPair pair = await LdapTree.PairAsync(
            site, tree.Settings.Replace("LDAP_MAIL mail", "LDAP_MAIL login", StringComparison.Ordinal));
        foreach ((string name, string escaped) in ((string, string)[])
            [("*", "\\2a"), ("(", "\\28"), (")", "\\29"), ("back\\slash", "back\\5cslash"),
                ("x)(|(uid=*))", "x\\29\\28|\\28uid=\\2a\\29\\29")])
        {
            const string rest = "\nNAME=\nPASSWD2=secret\n.\n", start = "UID=7\nGID=7\nHOME=/odd\nADDRESS=";
            await AssertAsync(pair, new Difference(
                Escaping, Requests.Lookup(name), Reply(start + escaped + rest), Reply(start + name + rest)));
            await AssertAsync(pair, new Difference(
                Escaping, Requests.Login(name, "secret"), Reply(start + escaped + rest), Reply(start + name + rest)));
        }
    }

    [Fact]
    public async Task A_handle_is_a_value()
    {
        using CourierSite site = new();
        await using DaemonPair pair = await LdapTree.PairAsync(
            site, $"{tree.Settings}\nLDAP_EMAILMAP (&(login=@user@)(realm=@realm@))\nLDAP_EMAILMAP_BASEDN ou=map,dc=test\nLDAP_EMAILMAP_MAIL handle");
        Replies replies = await pair.AskAsync(Requests.Lookup("john@mapped.org"));
        Assert.Equal(Fail, replies.C); // its filter is (handle=cc(22)*\3344), which is malformed
        Assert.Equal(Reply("UID=1001\nGID=1002\nHOME=/home/handled\nADDRESS=john@mapped.org\nNAME=\nPASSWD2=secret\n.\n"),
            replies.Ours);
    }

    [Fact]
    public async Task A_negative_id_is_none()
    {
        using CourierSite site = new();
        await using DaemonPair pair = await LdapTree.PairAsync(
            site, tree.Settings.Replace("LDAP_UID uidNumber", "LDAP_UID textUid", StringComparison.Ordinal));
        await AssertAsync(pair, new Difference(
            BadIds, Requests.Lookup("minus@example.com"),
            Reply("UID=4294967295\nGID=7\nHOME=/h\nADDRESS=minus@example.com\nNAME=\nPASSWD2=secret\n.\n"), Nothing));
        Assert.StartsWith(
            "UID=12\n", await pair.AssertSameAsync(Requests.Lookup("text@example.com")), StringComparison.Ordinal);
        Replies lists = await pair.AskAsync(Requests.Enumerate);
        Assert.Contains("root@example.com\t0\t0\t", lists.C.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("root@example.com", lists.Ours.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_global_gid_is_the_gid()
    {
        using CourierSite site = new();
        await using DaemonPair pair = await LdapTree.PairAsync(
            site, $"{tree.Settings}\nLDAP_GLOB_UID 1234\nLDAP_GLOB_GID 5678");
        const string rest = "\nHOME=/home/noids\nADDRESS=noids@example.com\nNAME=\nPASSWD2=secret\n.\n";
        await AssertAsync(pair, new Difference(
            GlobalGid, Requests.Lookup("noids@example.com"), Reply($"UID=1234\nGID=1234{rest}"),
            Reply($"UID=1234\nGID=5678{rest}")));
    }

    [Fact]
    public async Task The_version_is_3_unless_the_settings_say_otherwise()
    {
        using CourierSite site = new();
        await using DaemonPair pair = await LdapTree.PairAsync(
            site, tree.Settings.Replace("LDAP_PROTOCOL_VERSION 3\n", "", StringComparison.Ordinal));
        Replies replies = await pair.AskAsync(Requests.Lookup(Alice));
        Assert.Equal(Fail, replies.C);
        Assert.StartsWith("UID=1001\n", replies.Ours.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_entry_that_lacks_its_home_can_log_in_but_takes_no_mail()
    {
        using CourierSite site = new();
        await using DaemonPair pair = await LdapTree.PairAsync(site, tree.Settings);
        Assert.StartsWith("UID=1\nGID=1\nHOME=\n",
            await pair.AssertSameAsync(Requests.Login("nohome@example.com", "secret")), StringComparison.Ordinal);
        await AssertAsync(pair, new Difference(
            Home, Requests.Lookup("nohome@example.com"),
            Reply("UID=1\nGID=1\nHOME=\nADDRESS=nohome@example.com\nNAME=\nPASSWD2=secret\n.\n"), Nothing));
    }

    [Fact]
    public async Task The_mail_root_is_for_relative_homes()
    {
        using CourierSite site = new();
        await using DaemonPair pair = await LdapTree.PairAsync(
            site, $"{tree.Settings}\nLDAP_MAILROOT /var/vmail\nLDAP_FILTER (uid=bob)");
        const string rest = "\nADDRESS=bob@example.com\nNAME=\nPASSWD2=secret\n.\n";
        await AssertAsync(pair, new Difference(
            MailRoot, Requests.Lookup("bob@example.com"),
            Reply($"UID=1001\nGID=1002\nHOME=/var/vmail//home/bob{rest}"),
            Reply($"UID=1001\nGID=1002\nHOME=/home/bob{rest}")));
    }

    [Theory]
    [InlineData(Timeout, "LDAP_TIMEOUT 0", "")]
    [InlineData(OptionNames, "LDAP_AUXOPTIONS sharedGroup", "OPTIONS=sharedGroup=sales\n")]
    public async Task A_setting_that_makes_no_sense_to_C_makes_some(string id, string setting, string options)
    {
        using CourierSite site = new();
        await using DaemonPair pair = await LdapTree.PairAsync(site, $"{tree.Settings}\n{setting}");
        string account = $"UID=1001\nGID=1002\nHOME=/home/alice\nADDRESS={Alice}\nNAME=Alice A\nMAILDIR=Maildir\nQUOTA=100S\nPASSWD={SlapdAccounts.Sha}\n";
        RawReply c = id == Timeout ? Fail : Reply($"{account}OPTIONS==sales\n.\n");
        await AssertAsync(pair, new Difference(id, Requests.Lookup(Alice), c, Reply($"{account}{options}.\n")));
    }

    [Fact]
    public async Task Everybody_is_listed_without_LDAP_MAIL()
    {
        using CourierSite site = new();
        await using DaemonPair pair = await LdapTree.PairAsync(
            site, tree.Settings.Replace("LDAP_MAIL mail\n", "", StringComparison.Ordinal));
        Replies replies = await pair.AskAsync(Requests.Enumerate);
        Assert.Equal(Reply("# authldap\n\n"), replies.C);
        Assert.Contains($"{Alice}\t1001\t1002\t/home/alice\tMaildir\t\n", replies.Ours.Text, StringComparison.Ordinal);
        Assert.EndsWith("\n.\n", replies.Ours.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_map_without_a_base_of_its_own_uses_the_other()
    {
        using CourierSite site = new();
        await using DaemonPair pair = await LdapTree.PairAsync(
            site, $"{tree.Settings}\nLDAP_EMAILMAP (&(mail=@user@\\40@realm@))\nLDAP_EMAILMAP_ATTRIBUTE uid\nLDAP_EMAILMAP_MAIL uid");
        Replies replies = await pair.AskAsync(Requests.Lookup("bob@example.com"));
        Assert.DoesNotContain("UID=", replies.C.Text, StringComparison.Ordinal);
        Assert.StartsWith(
            "UID=1001\nGID=1002\nHOME=/home/bob\nADDRESS=bob@example.com\n", replies.Ours.Text, StringComparison.Ordinal);
    }

    /// <summary>With a lock-out policy the C daemon's second attempt counts, too.</summary>
    [Fact]
    public async Task A_wrong_password_is_tried_once()
    {
        using CourierSite site = new();
        await using DaemonPair pair = await LdapTree.PairAsync(
            site, $"{tree.Settings}\nLDAP_AUTHBIND 1", 1, "DEBUG_LOGIN=1");
        Assert.Equal("FAIL\n", await pair.AssertSameAsync(Requests.Login(Alice, "wrong")));
        await ((DaemonProcess)pair.C).LogHasAsync("FAIL, all modules rejected");
        await ((DaemonProcess)pair.Ours).LogHasAsync("FAIL, all modules rejected");
        Assert.Equal((2, 1), (Binds(pair.C), Binds(pair.Ours)));
    }

    /// <summary>The values after a change by the C daemon and by ours.</summary>
    [Theory]
    [InlineData(0, "{SHA256}XohImNooBHFR0OVvjcYpJ3NgPQ1qq73WKhHvch0VQtg=", "{SHA256}", "{SHA256}")]
    [InlineData(0, "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "{SHA}", "{SSHA}")]
    [InlineData(0, "{CRYPT}$5$saltsalt$gOjOtoMpVhru2uyjeJSEc/JaLQWOXMNmlOnj6T4AtC.", "{SSHA}", "{CRYPT}$5$")]
    [InlineData(1, "{SSHA}2D7DXcHaxkWxjlTTFhTzbi4Z/sdhYmNk", "{SSHA}", "{SSHA}")]
    public async Task A_change_never_weakens(int byBind, string hash, string c, string ours)
    {
        using CourierSite site = new();
        await using DaemonPair pair = await LdapTree.PairAsync(site, $"{tree.Settings}\nLDAP_AUTHBIND {byBind}");
        string request = Requests.ChangePassword("none@example.com", "password", "new");
        foreach ((IAuthDaemon daemon, string expected) in ((IAuthDaemon, string)[])[(pair.C, c), (pair.Ours, ours)])
        {
            await tree.Server.ModifyAsync(
                $"dn: uid=none,{SlapdAccounts.People}\nchangetype: modify\nreplace: userPassword\nuserPassword: {hash}\n");
            Assert.Equal(Reply("OK\n"), await RawClient.AskAsync(daemon.SocketPath, request));
            string now = Assert.Single(await tree.Server.ValuesAsync($"uid=none,{SlapdAccounts.People}", "userPassword"));
            Assert.StartsWith(expected, now, StringComparison.Ordinal);
            Assert.StartsWith("UID=1001\n", await pair.AssertSameAsync(Requests.Login("none@example.com", "new")),
                StringComparison.Ordinal);
        }

        await tree.Server.ModifyAsync($"dn: uid=none,{SlapdAccounts.People}\nchangetype: modify\ndelete: userPassword\n");
    }

    private static int Binds(IAuthDaemon daemon) =>
        daemon.LogLines.Count(
            line => line.EndsWith(": ldap_sasl_bind_s failed: Invalid credentials", StringComparison.Ordinal));

    private static async Task AssertAsync(DaemonPair pair, Difference difference)
    {
        Replies replies = await pair.AskAsync(difference.Request);
        Assert.Equal(difference.C, replies.C);
        Assert.Equal(difference.Ours, replies.Ours);
    }
}
