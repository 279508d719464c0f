using Authd.Tests.Conformance.Userdb;
using static Authd.Tests.Conformance.Differences.Difference;
using static Authd.Tests.Support.Requests;

namespace Authd.Tests.Conformance.Differences;

/// <summary>The deliberate differences of the protocol and of authuserdb, for
/// <see cref="UserdbDifferenceTests"/>, and the userdb for them.</summary>
public static class UserdbDifferences
{
    /// <summary>AUTH with service ENUMERATE.</summary>
    public const string AuthServiceEnumerate = "auth-service-enumerate";

    /// <summary>A uid or gid that is 0 or not a plain number.</summary>
    public const string BadIds = "userdb-bad-ids";

    /// <summary>CR, LF or NUL in a value; in lists also TAB.</summary>
    public const string LineEnds = "line-ends-in-values";

    private const string Hash = UserdbAccounts.Md5Crypt;
    private const string Password = UserdbAccounts.Password;
    private const string HashField = $"systempw={Hash}";
    private const string Plain = $"UID=1000\nGID=1000\nHOME=/h\nADDRESS=plain\nPASSWD={Hash}\n";
    private const string SshaLong = "{SSHA}mLoUnWoB6xapRmPO2lAiF0vdaBNhYmNkZWZnaA==";
    private const string SshaNone = "{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=";
    private const string Md5RawUpper = "{MD5RAW}5F4DCC3B5AA765D61D8327DEB882CF99";
    private const string BlfCrypt = "{BLF-CRYPT}$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm";
    private const string Sha256Crypt = "{SHA256-CRYPT}$5$saltsalt$gOjOtoMpVhru2uyjeJSEc/JaLQWOXMNmlOnj6T4AtC.";

    private const string Sha512Crypt =
        "{SHA512-CRYPT}$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/";

    private const string Argon2id =
        "{ARGON2ID}$argon2id$v=19$m=64,t=2,p=1$E41iydkK9S/2cNnuPy+Hew$aLM+DCJtYuJJmv0q8YBzuty96hx0kJe+SyqJBm4QsKo";

    /// <summary>The userdb; its only sound account is <c>plain</c>.</summary>
    public static string Userdb { get; } =
        $"plain\tuid=1000|gid=1000|home=/h|{HashField}\n"
        + $"uidzero\tuid=0|gid=0|home=/h|{HashField}\n"
        + $"uidtext\tuid=abc|gid=1|home=/h|{HashField}\n"
        + $"uidnegative\tuid=-1|gid=-2|home=/h|{HashField}\n"
        + $"uidlarge\tuid=4294967297|gid=1|home=/h|{HashField}\n"
        + $"mailempty\tuid=1|gid=1|home=/h|mail=|{HashField}\n"
        + $"cram\tuid=1|gid=1|home=/h|quota=1S|gecos=A|hmac-md5pw={UserdbAccounts.HmacMd5}\n"
        + $"cr\r\tuid=1|gid=1|home=/h|{HashField}\n"
        + $"crmail\tuid=1|gid=1|home=/h|mail=x\r|{HashField}\n"
        + $"tabmail\tuid=1|gid=1|home=/h|mail=x\ty|{HashField}\n"
        + "crpassword\tuid=1|gid=1|home=/h|systempw={MD5}+l+0VJwnBy8HccrTpPy5Yw==\n"
        + $"sshalong\tuid=1|gid=1|home=/h|systempw={SshaLong}\n"
        + $"sshanone\tuid=1|gid=1|home=/h|systempw={SshaNone}\n"
        + $"md5rawupper\tuid=1|gid=1|home=/h|systempw={Md5RawUpper}\n"
        + $"blf\tuid=1|gid=1|home=/h|systempw={BlfCrypt}\n"
        + $"sha256crypt\tuid=1|gid=1|home=/h|systempw={Sha256Crypt}\n"
        + $"sha512crypt\tuid=1|gid=1|home=/h|systempw={Sha512Crypt}\n"
        + $"argon2id\tuid=1|gid=1|home=/h|systempw={Argon2id}\n"
        + "plaintext\tuid=1|gid=1|home=/h|systempw={PLAIN}password\n";

    /// <summary>The table.</summary>
    public static IReadOnlyList<Difference> All { get; } =
    [
        // Closing.
        new("unread-input", Lookup("plain") + new string('x', 20000), ReplyThenReset(Plain + ".\n"), Reply(Plain + ".\n")),
        new("unread-input", $"AUTH 8192\n{new string('x', 8192)}", ReplyThenReset(""), Nothing),

        // The grammar.
        new("auth-count-wraps", $"AUTH {25L + (1L << 32)}\nimap\nlogin\nplain\npassword",
            Reply(Plain + "PASSWD2=password\n.\n"), Nothing),
        new("request-size", string.Concat(Enumerable.Repeat("A=B\n", 20000)) + Lookup("plain"),
            Reply(Plain + ".\n"), Nothing),

        // Records that are not mail accounts.
        new(BadIds, Lookup("uidzero"), Reply($"UID=0\nGID=0\nHOME=/h\nADDRESS=uidzero\nPASSWD={Hash}\n.\n"), Nothing),
        new(BadIds, Lookup("uidtext"), Reply($"UID=0\nGID=1\nHOME=/h\nADDRESS=uidtext\nPASSWD={Hash}\n.\n"), Nothing),
        new(BadIds, Lookup("uidlarge"), Reply($"UID=1\nGID=1\nHOME=/h\nADDRESS=uidlarge\nPASSWD={Hash}\n.\n"), Nothing),
        new(
            BadIds, Lookup("uidnegative"),
            Reply($"UID=4294967295\nGID=4294967294\nHOME=/h\nADDRESS=uidnegative\nPASSWD={Hash}\n.\n"), Nothing),
        new(
            BadIds, Login("uidzero", Password),
            Reply($"UID=0\nGID=0\nHOME=/h\nADDRESS=uidzero\nPASSWD={Hash}\nPASSWD2=password\n.\n"), Nothing),

        // Values.
        new("empty-maildir", Lookup("mailempty"),
            Reply($"UID=1\nGID=1\nHOME=/h\nADDRESS=mailempty\nMAILDIR=\nPASSWD={Hash}\n.\n"),
            Reply($"UID=1\nGID=1\nHOME=/h\nADDRESS=mailempty\nPASSWD={Hash}\n.\n")),
        new(
            "cram-name-quota", Cram("cram-md5", "cram", UserdbAccounts.CramPassword, "<1@h>"),
            Reply("UID=1\nGID=1\nHOME=/h\nADDRESS=cram\n.\n"),
            Reply("UID=1\nGID=1\nHOME=/h\nADDRESS=cram\nNAME=A\nQUOTA=1S\n.\n")),
        new(LineEnds, Lookup("cr\r"), Reply($"UID=1\nGID=1\nHOME=/h\nADDRESS=cr\r\nPASSWD={Hash}\n.\n"), Nothing),
        new(
            LineEnds, Lookup("crmail"),
            Reply($"UID=1\nGID=1\nHOME=/h\nADDRESS=crmail\nMAILDIR=x\r\nPASSWD={Hash}\n.\n"), Nothing),
        new(
            LineEnds, Login("crpassword", "pass\rword"),
            Reply("UID=1\nGID=1\nHOME=/h\nADDRESS=crpassword\nPASSWD={MD5}+l+0VJwnBy8HccrTpPy5Yw==\nPASSWD2=pass\rword\n.\n"), Nothing),

        // Password forms.
        Accepted("ssha-salt-length", "sshalong", SshaLong),
        Accepted("ssha-salt-length", "sshanone", SshaNone),
        Accepted("md5raw-upper-case", "md5rawupper", Md5RawUpper),
        Accepted("dovecot-prefixes", "blf", BlfCrypt),
        Accepted("dovecot-prefixes", "sha256crypt", Sha256Crypt),
        Accepted("dovecot-prefixes", "sha512crypt", Sha512Crypt),
        Accepted("dovecot-prefixes", "argon2id", Argon2id),
        Accepted("dovecot-prefixes", "plaintext", "{PLAIN}password"),
    ];

    /// <summary>A login with the right password for a form that the C daemon does not know.</summary>
    private static Difference Accepted(string id, string user, string stored) => new(
        id, Login(user, Password), Fail,
        Reply($"UID=1\nGID=1\nHOME=/h\nADDRESS={user}\nPASSWD={stored}\nPASSWD2={Password}\n.\n"));
}
