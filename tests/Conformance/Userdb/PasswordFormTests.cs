// Every stored form of a password, through a login on both daemons.
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Userdb;

/// <summary>authuserdb with one account for each form: f0, f1, ...</summary>
public sealed class PasswordFormPair : PairFixture
{
    /// <inheritdoc/>
    protected override async Task PrepareAsync()
    {
        Site.WriteAuthdaemonrc("authuserdb");
        await Site.WriteUserdbAsync(string.Concat(PasswordFormTests.Stored.Select(
            (hash, i) => $"f{i}\tuid=1|gid=1|home=/h|systempw={hash}\n")));
    }
}

public class PasswordFormTests(PasswordFormPair fixture) : IClassFixture<PasswordFormPair>
{
    private const string Utf8Password = "p\u00c3\u00a4ssw\u00c3\u00b6rd";

    private static readonly string[] Passwords =
    [
        "password", "Password", "password ", "passwor", "passwordx", Utf8Password, "p\u00e4ssw\u00f6rd",
        new string('p', 600),
    ];

    private static readonly string[] Matching =
    [
        "abJnggxhB/yWI",
        "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/",
        "$1$s$86LMLBF75kT8k49Mbjn6l0",
        "$5$saltsalt$gOjOtoMpVhru2uyjeJSEc/JaLQWOXMNmlOnj6T4AtC.",
        "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/",
        "$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm",
        "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$tnSYvahCwPBHKZUspmcxMfb0.WiB9W.zEaKlOBL35rC",
        "{CRYPT}abJnggxhB/yWI",
        "{crypt}$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/",
        "{Crypt}$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/",
        "{MD5}X03MO1qnZdYdgyfeuILPmQ==",
        "{md5}X03MO1qnZdYdgyfeuILPmQ==",
        "{MD5RAW}5f4dcc3b5aa765d61d8327deb882cf99",
        "{md5raw}5f4dcc3b5aa765d61d8327deb882cf99",
        "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
        "{sha}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
        "{SHA256}XohImNooBHFR0OVvjcYpJ3NgPQ1qq73WKhHvch0VQtg=",
        "{SHA512}sQnzu7wkTrgkQZF+0G1hi5AI3Qmzvv0bXgc5THBqi7mAsdd4Xll27ASbRt9fEyavWi6m0QP9B8lThf+rDKy8hg==",
        "{SSHA}2D7DXcHaxkWxjlTTFhTzbi4Z/sdhYmNk",
        "{ssha}2D7DXcHaxkWxjlTTFhTzbi4Z/sdhYmNk",
        "{SHA}9Rfd8dMqES/xrVXGbRsSyzjn6Pc=",
        "{MD5}EoQeS6XjfS+/x4RYxnFK3g==",
        "$1$saltsalt$VReRfkQ8Hs1aayf/oxMkG/",
    ];

    private static readonly string[] Others =
    [
        "", "*", "!", "!!", "x", "password", "*0", "*1", "$", "$1$", "$1$saltsalt", "$1$saltsalt$", "$6$", "$6$saltsalt$",
        "$1$saltsaltXX$qjXMvbEw8oaL.CzflDtaK/", "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK", "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/ ",
        "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/x", "{CRYPT}", "{CRYPT}*", "{CRYPT} abJnggxhB/yWI", " abJnggxhB/yWI", "ab", "a",
        "{MD5}", "{MD5}X03MO1qnZdYdgyfeuILPmQ== ", "{MD5} X03MO1qnZdYdgyfeuILPmQ==", "{MD5}5f4dcc3b5aa765d61d8327deb882cf99",
        "{MD5RAW}", "{MD5RAW}5f4dcc3b5aa765d61d8327deb882cf9", "{MD5RAW}X03MO1qnZdYdgyfeuILPmQ==",
        "{SHA}", "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g= ", "{SHA}w6ph5Mm5Pz8GgiULbPgzG37mj9g=",
        "{SHA}5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8",
        "{SHA256}", "{SHA256}XohImNooBHFR0OVvjcYpJ3NgPQ1qq73WKhHvch0VQtg= ", "{SHA512}", "{SSHA}", "{SSHA}!!!", "{SSHA}2D7D",
        "{", "{}", "{SHA", "{UNKNOWN}password", "{SMD5}password", "{CLEAR}password",
        "{CLEARTEXT}password", "{PBKDF2}x", "{ARGON2I}$argon2i$v=19$m=16,t=2,p=1$c2FsdHNhbHQ$AAAA",
        "$3$$8846f7eaee8fb117ad06bdd830b7586c",
        "_J9..rasmBYk8r9AiWNc",
    ];

    public static IReadOnlyList<string> Stored { get; } = [.. Matching, .. Others];

    public static TheoryData<int, string> MatchingForms
    {
        get
        {
            TheoryData<int, string> data = [];
            for (int i = 0; i < Matching.Length; i++)
            {
                data.Add(i, Matching[i]);
            }

            return data;
        }
    }

    public static TheoryData<int, string> AllForms
    {
        get
        {
            TheoryData<int, string> data = [];
            for (int i = 0; i < Stored.Count; i++)
            {
                data.Add(i, Stored[i]);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(AllForms))]
    public async Task Passwords_are_judged_the_same(int account, string stored)
    {
        foreach (string password in Passwords)
        {
            await fixture.Pair.AssertSameAsync(Requests.Login($"f{account}", password));
        }

        await fixture.Pair.AssertSameAsync(Requests.Login($"f{account}", stored + "x"));
    }

    [Theory]
    [MemberData(nameof(MatchingForms))]
    public async Task The_right_password_is_accepted(int account, string stored)
    {
        string right = account < Matching.Length - 3 ? "password" : Utf8Password;
        string reply = await fixture.Pair.AssertSameAsync(Requests.Login($"f{account}", right));
        Assert.Contains($"PASSWD={stored}\n", reply, StringComparison.Ordinal);
    }
}
