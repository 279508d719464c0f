// Generated requests to authldap, with authldaprc in several shapes.
using Authd.Tests.Conformance.Generated;
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Ldap;

[Collection(LdapGroup.Name)]
public class LdapGeneratedTests(LdapTree tree)
{
    private const string Usual = "usual";
    private const string ByLogin = "by another attribute";
    private const string Bind = "user's bind";
    private const string Anonymous = "anonymous, user's bind";
    private const string Narrowed = "domain and filter";
    private const string Map = "map";
    private const int Count = 1000;

    /// <summary>The replaced text of the usual settings, its replacement, and further lines.</summary>
    private static readonly Dictionary<string, (string Old, string Fresh, string More)> Shapes = new()
    {
        [Usual] = ("", "", "LDAP_AUXOPTIONS disableImap=disableimap,sharedGroup=sharedgroup"),
        [ByLogin] = ("LDAP_MAIL mail", "LDAP_MAIL login", ""),
        [Bind] = ("LDAP_MAIL mail", "LDAP_MAIL login", "LDAP_AUTHBIND 1\nLDAP_FILTER (objectClass=testAccount)"),
        [Anonymous] = ("LDAP_INITBIND 1", "LDAP_INITBIND 0", "LDAP_AUTHBIND 1"),
        [Narrowed] = ("", "", "LDAP_DOMAIN example.com\nLDAP_FILTER (|(uid=a*)(uid=b*))"),
        [Map] = (
            "", "",
            "LDAP_EMAILMAP (&(login=@user@)(realm=@realm@))\nLDAP_EMAILMAP_BASEDN ou=map,dc=test\n"
            + "LDAP_EMAILMAP_ATTRIBUTE login\nLDAP_EMAILMAP_MAIL uid"),
    };

    private static readonly RequestVocabulary Vocabulary = new()
    {
        Users =
        [
            .. SlapdAccounts.OddNames, "alice@example.com", "alice@example.com", "bob@example.com", "bob@example.com",
            "both@example.com",
            "none@example.com", "noids@example.com", "two@example.com", "alice", "bob", "twin", "john@mapped.org",
            "twice@mapped.org",
            "nohandle@mapped.org", "nosuch@example.com", "ALICE@EXAMPLE.COM", "", new string('*', 1500), new string('x',
            5000),
        ],
        Pieces =
        [
            "*", "(", ")", "\\", "\\2a", "\\28", "\\5c", "\\00", "\\zz", "&", "|", "!", "=", "~=", "<=", ">=", ":=", ", ",
            "+", "#", ";", "\"", "'", "%",
            "@", "@example.com", "alice", "bob", "*)(uid=*", "\u0001", "\u007f", "\u00c3\u00bc", "\u00fc",
            "\u00e2\u0082\u00ac", " ", "x", "user", "realm",
        ],
        Passwords = ["password", "secret", "secret", "clear", "wrong", "", "*", "p\u00c3\u00a4ss", "\u00ff"],
        Selectors = [".", ".", ".", "authldap", "authuserdb", "", "x"],
        Special = "*()\\&|!<>~:,+",
    };

    /// <summary>The deliberate differences of authldap that generated requests meet.</summary>
    private static readonly KnownDifference[] Known =
    [
        new(LdapDifferenceTests.Escaping, (_, replies) => replies.C.Text.StartsWith("UID=", StringComparison.Ordinal)
            && replies.Ours == replies.C with { Text = WithAddressAsTyped(replies.C.Text) }),
        new(LdapDifferenceTests.BadIds, (_, replies) => replies.C.Text.StartsWith("# authldap\n", StringComparison.Ordinal)
            && LdapTree.Sound(replies.C.Text).SequenceEqual(LdapTree.Sound(replies.Ours.Text))),
    ];

    [Theory]
    [InlineData(Usual, 1, LdapDifferenceTests.BadIds)]
    [InlineData(ByLogin, 2, LdapDifferenceTests.BadIds, LdapDifferenceTests.Escaping)]
    [InlineData(Bind, 3, LdapDifferenceTests.BadIds, LdapDifferenceTests.Escaping)]
    [InlineData(Anonymous, 4, LdapDifferenceTests.BadIds)]
    [InlineData(Narrowed, 5, LdapDifferenceTests.BadIds)]
    [InlineData(Map, 6, LdapDifferenceTests.BadIds)]
    public async Task Every_generated_request_gets_the_same(string shape, int seed, params string[] differences)
    {
        (string old, string fresh, string more) = Shapes[shape];
        string settings = old.Length == 0 ? tree.Settings : tree.Settings.Replace(old, fresh, StringComparison.Ordinal);
        using CourierSite site = new();
        await using DaemonPair pair = await LdapTree.PairAsync(site, $"{settings}\n{more}", 2, "DEFAULTOPTIONS=disableimap=0,d=1");
        await GeneratedRequests.AssertSameAsync(
            pair, new RequestGenerator(seed, Vocabulary), Count, [.. Known.Where(known => differences.Contains(known.Id))]);
    }

    private static string WithAddressAsTyped(string reply) => string.Join('\n', reply.Split('\n').Select(
        line => line.StartsWith("ADDRESS=", StringComparison.Ordinal)
            ? line.Replace("\\2a", "*", StringComparison.Ordinal).Replace("\\28", "(", StringComparison.Ordinal)
                .Replace("\\29", ")", StringComparison.Ordinal).Replace("\\5c", "\\", StringComparison.Ordinal)
            : line));
}
