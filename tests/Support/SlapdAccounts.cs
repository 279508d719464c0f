namespace Authd.Tests.Support;

/// <summary>The tree that the tests of authldap share, with sound and odd accounts below <see cref="SlapdServer.Root"/>, and the
/// matching settings of authldaprc.</summary>
public static class SlapdAccounts
{
    /// <summary>The entry above all accounts.</summary>
    public const string People = "ou=people,dc=test";

    /// <summary>{SHA} of "password".</summary>
    public const string Sha = "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=";

    /// <summary>The usual settings for a server.</summary>
    public static string Usual(string uri) => $"""
        LDAP_URI {uri}
        LDAP_PROTOCOL_VERSION 3
        LDAP_BASEDN {People}
        LDAP_INITBIND 1
        LDAP_BINDDN {SlapdServer.Courier}
        LDAP_BINDPW {SlapdServer.Password}
        LDAP_MAIL mail
        LDAP_UID uidNumber
        LDAP_GID gidNumber
        LDAP_HOMEDIR homeDirectory
        LDAP_MAILDIR mailbox
        LDAP_DEFAULTDELIVERY defaultDelivery
        LDAP_MAILDIRQUOTA quota
        LDAP_FULLNAME cn
        LDAP_CLEARPW clearPassword
        LDAP_CRYPTPW userPassword
        """;

    /// <summary>An entry of the tree.</summary>
    public static string Entry(string uid, params string[] lines) =>
        $"dn: uid={uid},{People}\nobjectClass: testAccount\nuid: {uid}\n{string.Concat(lines.Select(line => line + "\n"))}\n";

    /// <summary>A usual account whose mail address is <c>uid@example.com</c>.</summary>
    public static string Account(string uid, params string[] lines) => Entry(
        uid, [.. lines, $"mail: {uid}@example.com", "uidNumber: 1001", "gidNumber: 1002", $"homeDirectory: /home/{uid}"]);

    /// <summary>Names that could do harm in a filter; each is an account (attribute login) with password "secret".</summary>
    public static IReadOnlyList<string> OddNames { get; } =
    [
        "*", "(", ")", "()", "*)(uid=*", "a*b", "x)(|(uid=*))", "back\\slash", "\\2a", "\\", "a=b", "<=", ">=",
        "~=", "&", "|", "!",
        ":=", ":dn:=x", "o'neil", "quo\"te", "a,b", "a+b", "a;b", "#a", "a b", "per%s%n", "at@two@signs",
        "@nolocal", "nodomain@",
        "j\u00c3\u00bcrgen@example.com", "\u00e2\u0082\u00ac", "UPPER", new string('n', 300),
    ];

    /// <summary>The tree.</summary>
    public static string Tree { get; } =
        $"dn: {People}\nobjectClass: organizationalUnit\nou: people\n\n"
        + Account("alice", "mailbox: Maildir", "quota: 100S", "cn: Alice A, x", "defaultDelivery: |/bin/deliver",
            "disableImap: 1", "sharedGroup: sales", $"userPassword: {Sha}")
        + Account("bob", "clearPassword: secret")
        + Account("both", $"userPassword: {Sha}", "clearPassword: clear")
        + Account("none")
        + Account("relative", "clearPassword: secret").Replace("/home/relative", "relative", StringComparison.Ordinal)
        + Account("two", "clearPassword: secret", "cn: One", "cn: Two", "mail: second@example.com")
        + Entry("nohome", "mail: nohome@example.com", "uidNumber: 1", "gidNumber: 1", "clearPassword: secret")
        + Entry("noids", "mail: noids@example.com", "homeDirectory: /home/noids", "clearPassword: secret")
        + Entry("root", "mail: root@example.com", "uidNumber: 0", "gidNumber: 0", "homeDirectory: /root",
            "clearPassword: secret")
        + Entry(
            "text", "mail: text@example.com", "textUid: 12abc", "gidNumber: 7", "homeDirectory: /h", "clearPassword: secret")
        + Entry(
            "minus", "mail: minus@example.com", "textUid: -1", "gidNumber: 7", "homeDirectory: /h", "clearPassword: secret")
        + Account("twin1", "clearPassword: secret", "login: twin")
        + Account("twin2", "clearPassword: secret", "login: twin")
        + Account("handled", "clearPassword: secret", "handle: cc(22)*\\3344")
        + Account("forged", "clearPassword: secret", $"mailbox:: {Requests.Base64("M\nUID=0")}")
        + $"dn: ou=map,dc=test\nobjectClass: organizationalUnit\nou: map\n\n"
        + "dn: uid=m1,ou=map,dc=test\nobjectClass: testAccount\nuid: m1\nlogin: john\nrealm: mapped.org\nhandle: cc(22)*\\3344\n\n"
        + "dn: uid=m2,ou=map,dc=test\nobjectClass: testAccount\nuid: m2\nlogin: twice\nrealm: mapped.org\nhandle: x\n\n"
        + "dn: uid=m3,ou=map,dc=test\nobjectClass: testAccount\nuid: m3\nlogin: twice\nrealm: mapped.org\nhandle: y\n\n"
        + "dn: uid=m4,ou=map,dc=test\nobjectClass: testAccount\nuid: m4\nlogin: nohandle\nrealm: mapped.org\n\n"
        + string.Concat(OddNames.Select((name, i) => Entry(
            $"odd{i}", $"login:: {Requests.Base64(name)}", "uidNumber: 7", "gidNumber: 7", "homeDirectory: /odd",
            "clearPassword: secret")));
}
