// authldaprc in many shapes: each on a pair of daemons of its own, the same questions to all.
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Ldap;

[Collection(LdapGroup.Name)]
public class LdapSettingsTests(LdapTree tree)
{
    private static readonly string[] Names =
    [
        "alice@example.com", "bob@example.com", "both@example.com", "none@example.com", "relative@example.com", "two@example.com",
        "second@example.com", "root@example.com", "noids@example.com", "handled@example.com", "nosuch@example.com", "ALICE@EXAMPLE.COM",
        "alice", "twin", "john@mapped.org", "nohandle@mapped.org", "twice@mapped.org", "o'neil", "a b", "", "nosuch", "a=b", "&",
        "per%s%n", "at@two@signs", "@nolocal", "nodomain@", "j\u00c3\u00bcrgen@example.com", "UPPER", "upper", "\u00ff",
    ];

    /// <summary>Accounts with the password "secret" and unusable ids.</summary>
    private static readonly string[] Broken = ["root@example.com", "noids@example.com"];

    /// <summary>A name for the case, the replaced text of the usual settings, its replacement, and further lines.</summary>
    public static TheoryData<string, string, string, string> Settings => new()
    {
        { "usual", "", "", "" },
        { "user's bind", "", "", "LDAP_AUTHBIND 1" },
        { "anonymous", "LDAP_INITBIND 1", "LDAP_INITBIND 0", "" },
        { "anonymous, user's bind", "LDAP_INITBIND 1", "LDAP_INITBIND 0", "LDAP_AUTHBIND 1" },
        { "by another attribute", "LDAP_MAIL mail", "LDAP_MAIL login", "" },
        { "filter", "", "", "LDAP_FILTER (&(objectClass=testAccount)(!(uid=bob)))" },
        { "domain", "", "", "LDAP_DOMAIN example.com" },
        { "enumerate filter", "", "", "LDAP_ENUMERATE_FILTER (uid=a*)" },
        { "options", "", "", "LDAP_AUXOPTIONS disableImap=disableimap,sharedGroup=sharedgroup,nosuch=nosuch" },
        { "options with defaults", "", "", "LDAP_AUXOPTIONS disableImap=disableimap,sharedGroup=sharedgroup" },
        { "relative homes", "", "", "LDAP_FILTER (uid=relative)\nLDAP_MAILROOT /var/vmail\nLDAP_ENUMERATE_FILTER (uid=nosuch)" },
        { "global ids", "", "", "LDAP_GLOB_UID 4321\nLDAP_GLOB_GID 4321" },
        { "global ids by name", "", "", "LDAP_GLOB_UID games\nLDAP_GLOB_GID games" },
        { "global ids alone", "LDAP_UID uidNumber\nLDAP_GID gidNumber\n", "", "LDAP_GLOB_UID 4321\nLDAP_GLOB_GID 4321" },
        { "no home", "LDAP_HOMEDIR homeDirectory", "LDAP_HOMEDIR", "" },
        { "one attribute twice", "LDAP_FULLNAME cn", "LDAP_FULLNAME mailbox", "" },
        { "no passwords", "LDAP_CLEARPW clearPassword\nLDAP_CRYPTPW userPassword", "", "" },
        { "aliases", "", "", "LDAP_DEREF Always" },
        { "two servers", "LDAP_URI ", "LDAP_URI ldap://127.0.0.1:1 ", "" },
        { "two servers with commas", "LDAP_URI ", "LDAP_URI ldap://127.0.0.1:1,", "" },
        { "map", "", "", "LDAP_EMAILMAP (&(login=@user@)(realm=@realm@))\nLDAP_EMAILMAP_BASEDN ou=map,dc=test\nLDAP_EMAILMAP_MAIL login" },
        { "map with another attribute", "", "", "LDAP_EMAILMAP (&(login=@user@)@any@(realm=@realm@))\nLDAP_EMAILMAP_BASEDN ou=map,dc=test\nLDAP_EMAILMAP_ATTRIBUTE login\nLDAP_EMAILMAP_MAIL uid" },
        { "continued lines", "LDAP_FULLNAME cn", "LDAP_FULLNAME \\\n  cn", "" },
        { "first of two counts", "", "", "LDAP_BASEDN dc=nowhere\nLDAP_NOSUCH x" },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public async Task It_is_read_the_same(string name, string old, string fresh, string more)
    {
        string settings = old.Length == 0 ? tree.Settings : tree.Settings.Replace(old, fresh, StringComparison.Ordinal);
        using CourierSite site = new();
        await using DaemonPair pair = await LdapTree.PairAsync(site, $"{settings}\n{more}", 2, "DEFAULTOPTIONS=disableimap=0,d=1");
        foreach (string user in Names)
        {
            await AssertSameAsync(pair, name, Requests.Lookup(user));
            await AssertSameAsync(pair, name, Requests.Lookup(user, "courier"));
            foreach (string password in (string[])["password", "secret", "clear", "wrong", "*"])
            {
                await AssertSameAsync(pair, name, Requests.Login(user, password));
            }

            await AssertSameAsync(pair, name, Requests.Cram("cram-md5", user, "secret", "<1@h>"));
            await AssertSameAsync(pair, name, Requests.Cram("cram-sha256", user, "wrong", "<1@h>"));
            await AssertSameAsync(pair, name, Requests.ChangePassword(user, "wrong", "new"));
        }

        await AssertSameAsync(pair, name, Requests.Auth("imap", "other", "alice@example.com\npassword\n"));
        Replies lists = await pair.AskAsync(Requests.Enumerate);
        Assert.Equal(LdapTree.Sound(lists.C.Text), LdapTree.Sound(lists.Ours.Text));
        Assert.EndsWith("\n.\n", lists.Ours.Text, StringComparison.Ordinal);
    }

    private static async Task AssertSameAsync(DaemonPair pair, string name, string request)
    {
        Replies replies = await pair.AskAsync(request);

        // docs/DIFFERENCES.md: the password is judged before the record.
        bool isWrong = !request.Contains("secret", StringComparison.Ordinal) || name is "no passwords" or "anonymous";
        if ((replies.C.Text, replies.Ours.Text) == ("", "FAIL\n") && isWrong && !request.StartsWith("PRE ", StringComparison.Ordinal)
            && Broken.Any(broken => request.Contains(broken, StringComparison.Ordinal)))
        {
            return;
        }

        Assert.True(replies.C == replies.Ours, $"{name}: {request}\n{replies}\n{string.Join('\n', pair.Ours.LogLines)}");
    }
}
