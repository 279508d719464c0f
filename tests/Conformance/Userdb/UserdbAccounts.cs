namespace Authd.Tests.Conformance.Userdb;

/// <summary>The userdb for the protocol's tests: accounts with every
/// field, with few, and with odd names. One char a byte.</summary>
public static class UserdbAccounts
{
    /// <summary>The password of <see cref="John"/> and of most others.</summary>
    public const string Password = "password";

    /// <summary>An account with every field.</summary>
    public const string John = "john@example.com";

    /// <summary>An account with CRAM keys; its password is <see cref="CramPassword"/>.</summary>
    public const string Tim = "tim";

    /// <summary>The password of <see cref="Tim"/>'s keys.</summary>
    public const string CramPassword = "tanstaaftanstaaf";

    /// <summary><see cref="Password"/> as MD5-crypt.</summary>
    public const string Md5Crypt = "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/";

    /// <summary>hmac-md5pw of <see cref="CramPassword"/>.</summary>
    public const string HmacMd5 = "d06d4e1b26fccaa4b0b61801132340a354b21152711fb604ca3e035e7015116b";

    /// <summary>hmac-sha1pw of <see cref="CramPassword"/>.</summary>
    public const string HmacSha1 = "72724befb173b1ee5f79c09801b9b15e11d805fe02b49c1d1d00921723b52bcb862c04fa52876446";

    /// <summary>hmac-sha256pw of <see cref="CramPassword"/>.</summary>
    public const string HmacSha256 =
        "0dc4407ecdb637a66615a85f4d5632c459c57a86c2038fdd81a8804bc34a93695325d19c44d48eabed0476bc8078e0987eeaf4fff2267de3e00f539ba83f6225";

    /// <summary>Names that look odd on the wire; each is an account with <see cref="Password"/>.</summary>
    public static IReadOnlyList<string> OddNames { get; } =
    [
        "a b", "two  blanks", "tail ", "a=b", ".", "0", "UPPER@Example.COM", "it's", "quo\"te", "back\\slash", "per%s%n",
        "j\u00c3\u00bcrgen@example.com", "j\u00fcrgen@example.com", "ctl\u0001", "del\u007f", "$(domain)", "x#y",
        "a@b@c", "@nolocal", "nodomain@", "semi;colon", "dash--", new string('n', 200),
    ];

    /// <summary>The whole file.</summary>
    public static string Text { get; } = string.Concat(
        [
            $"{John}\tuid=2001|gid=2002|home=/home/vmail/john|shell=/bin/sh|mail=/home/vmail/john/Maildir|quota=100S"
                + $"|gecos=John Q,x|options=disableimap=1|systempw={Md5Crypt}\n",
            $"{Tim}\tuid=1001|gid=1001|home=/home/tim|hmac-md5pw={HmacMd5}|hmac-sha1pw={HmacSha1}|hmac-sha256pw={HmacSha256}\n",
            $"tim with blanks\tuid=1001|gid=1001|home=/home/tim|hmac-md5pw={HmacMd5}\n",
            $"plain\tuid=1000|gid=1000|home=/home/plain|systempw={Md5Crypt}\n",
            .. OddNames.Select(n => $"{n}\tuid=1000|gid=1000|home=/home/odd|systempw={Md5Crypt}\n"),
        ]);
}
