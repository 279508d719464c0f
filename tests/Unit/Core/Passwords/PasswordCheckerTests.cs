// Every stored form against the vectors of courier-authlib and of a second implementation: Python's hashlib ({...}, $7$,
// $sha1), pgcrypto (DES, _, $1$, bcrypt), OpenSSL ($1$, $5$, $6$), RustCrypto ($y$), libsodium (Argon2).
using Authd.Core;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Interop;
using Xunit;

namespace Authd.Tests.Unit.Core.Passwords;

public sealed class PasswordCheckerTests : IDisposable
{
    private const string Sha512Crypt =
        "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/";

    private const string Umlauts = "p\u00e4ssw\u00f6rd";

    private readonly BlockingWork _work = new(2);

    public void Dispose() => _work.Dispose();

    [Theory]
    [InlineData("abJnggxhB/yWI")]
    [InlineData("_J9..rasmEedsvB6g8/6")]
    [InlineData("$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/")]
    [InlineData("$1$s$86LMLBF75kT8k49Mbjn6l0")]
    [InlineData("$2a$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm")]
    [InlineData("$2a$05$abcdefghijklmnopqrstuuWG29KuyeAicPCJODk1zjyGvyQUU2awu")]
    [InlineData("$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm")]
    [InlineData("$2x$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm")]
    [InlineData("$2y$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm")]
    [InlineData("$3$$8846f7eaee8fb117ad06bdd830b7586c")]
    [InlineData("$5$saltsalt$gOjOtoMpVhru2uyjeJSEc/JaLQWOXMNmlOnj6T4AtC.")]
    [InlineData("$5$rounds=1000$saltsalt$azOwbpkvuuBKkE82dQPwTsQE8JyT9Fflpr9aKid3aT9")]
    [InlineData(Sha512Crypt)]
    [InlineData("$7$5/..../....saltsalt$1lZeJMUJoewh8RPhREOoQHKttXMwFnHS7hMkOr6qd58")]
    [InlineData("$y$j9T$F5Jx5fExrKuPp53xLKQ..1$tnSYvahCwPBHKZUspmcxMfb0.WiB9W.zEaKlOBL35rC")]
    [InlineData("$gy$j75$saltsalt$alEjttPHP1Pyq8wZbXA3pMnpzIP5jexH1Cct9i6ezD2")]
    [InlineData("$md5,rounds=10$saltsalt$$j4tVH.WWshFrnOPpQkWd./")]
    [InlineData("$sha1$10$saltsalt$n3MSZmEpI863fnbqNCrJXqiqt3MN")]
    public async Task Crypt_methods_match_bare_and_in_braces(string hash)
    {
        await AssertMatches(hash);
        await AssertMatches("{CRYPT}" + hash);
        await AssertMatches("{crypt}" + hash);
    }

    [Theory]
    [InlineData("$argon2id$v=19$m=4096,t=3,p=1$c29tZXNhbHQ$qLml5cbqFAO6YxVHhrSBHP0UWdxrIxkNcM8aMX3blzU")]
    [InlineData("$argon2id$v=19$m=1024,t=2,p=4$c29tZXNhbHQ$MfdjzcytEeXZM5ijm4z8Gut8QmpjPY4o")]
    [InlineData("$argon2id$v=19$m=64,t=2,p=1$E41iydkK9S/2cNnuPy+Hew$aLM+DCJtYuJJmv0q8YBzuty96hx0kJe+SyqJBm4QsKo")]
    [InlineData("$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$BNNN5hUxEQkUk67iF/12o/X1a4Jvvi9IzrjXfdGe2so")]
    [InlineData("$argon2id$m=64,t=1,p=1$c29tZXNhbHQ$BNNN5hUxEQkUk67iF/12o/X1a4Jvvi9IzrjXfdGe2so")]
    [InlineData("$argon2i$v=19$m=4096,t=3,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A")]
    [InlineData("$argon2i$v=19$m=64,t=1,p=2$c29tZXNhbHQ$4Sxx/UqUr0frcXsODA5eaw")]
    [InlineData("$argon2i$v=19$m=64,t=3,p=1$1EJNNA3fEvNX1C3w8fmMGQ$bVZCmc0IW9KuqrlrcxpHeIDoNYCDNav68VTLCS5j69A")]
    public async Task Argon2_matches_bare_and_in_braces(string hash)
    {
        await AssertMatches(hash);
        await AssertMatches("{ARGON2}" + hash);
        await AssertMatches((hash.StartsWith("$argon2id", StringComparison.Ordinal) ? "{ARGON2ID}" : "{argon2i}") + hash);
    }

    [Fact]
    public async Task Yescrypt_is_that_of_the_reference()
    {
        const string Hash = "$y$jD5.7$LdJMENpBABJJ3hIHjB1Bi.$HboGM6qPrsK.StKYGt6KErmUYtioHreJd98oIugoNB6";

        Assert.True(await Matches(Hash, "pleaseletmein"));
        Assert.False(await Matches(Hash, "password"));
    }

    [Theory]
    [InlineData("{BLF-CRYPT}$2y$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm")]
    [InlineData("{SHA256-CRYPT}$5$saltsalt$gOjOtoMpVhru2uyjeJSEc/JaLQWOXMNmlOnj6T4AtC.")]
    [InlineData("{SHA512-CRYPT}" + Sha512Crypt)]
    [InlineData("{sha512-crypt}" + Sha512Crypt)]
    [InlineData("{PLAIN}password")]
    [InlineData("{plain}password")]
    public Task Dovecots_names_match(string stored) => AssertMatches(stored);

    [Theory]
    [InlineData("{MD5}X03MO1qnZdYdgyfeuILPmQ==")]
    [InlineData("{md5}X03MO1qnZdYdgyfeuILPmQ==")]
    [InlineData("{MD5}X03MO1qnZdYdgyfeuILPmQ")]
    [InlineData("{MD5RAW}5f4dcc3b5aa765d61d8327deb882cf99")]
    [InlineData("{MD5RAW}5F4DCC3B5AA765D61D8327DEB882CF99")]
    [InlineData("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=")]
    [InlineData("{SHA1}W6ph5Mm5Pz8GgiULbPgzG37mj9g=")]
    [InlineData("{SHA256}XohImNooBHFR0OVvjcYpJ3NgPQ1qq73WKhHvch0VQtg=")]
    [InlineData("{SHA512}sQnzu7wkTrgkQZF+0G1hi5AI3Qmzvv0bXgc5THBqi7mAsdd4Xll27ASbRt9fEyavWi6m0QP9B8lThf+rDKy8hg==")]
    public Task Digests_match(string stored) => AssertMatches(stored);

    [Theory]
    [InlineData("{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=")]
    [InlineData("{SSHA}3VQTOg2h5yqoLo0TRmAdw59IgHdh")]
    [InlineData("{SSHA}2D7DXcHaxkWxjlTTFhTzbi4Z/sdhYmNk")]
    [InlineData("{SSHA}mLoUnWoB6xapRmPO2lAiF0vdaBNhYmNkZWZnaA==")]
    [InlineData("{SSHA}mLoUnWoB6xapRmPO2lAiF0vdaBNhYmNkZWZnaA")]
    [InlineData("{SSHA}8ggWUdxQhCme2y/Ih/08PayjHVMwMTIzNDU2Nzg5YWJjZGVm")]
    [InlineData("{SSHA}lJ6tOeRu55FqBPy1wlsJn26m+Gb/ACA9Cg==")]
    [InlineData("{ssha256}WK++Ct4GzSTMoA6vQ3CzX20kUN8Y/RmJRctEIAEss5Vh")]
    [InlineData("{SSHA256}l75GB5qSAnGMk6pHkEbQMHdXfrN4UPsCCvHmONwtiZJhYmNk")]
    [InlineData("{SSHA256}c2SvAd2TowMhI1ynV1yXVY7Sd/5Ux5xJjKLALOuK5B0wMTIzNDU2Nzg5YWJjZGVm")]
    [InlineData("{SSHA512}Uf9hUCsD8LPiFdVuiWijY6jdFDWZgsYK08iXrK5Huga/AshiRE8Ek0rFW6L+fNoxkqfy5NNYrAbxUYiXJ5cmNmFiY2Q=")]
    [InlineData("{SSHA512}cUdg+h7rc+0dZBIGOyVUUb+uU5ayL9dE5jPXpjV1DAW+iB1GGG3t754yxSy2lWYP4c930LpILCNva1biAbJxI/8AID0K")]
    public Task Salted_digests_match_with_a_salt_of_any_length(string stored) => AssertMatches(stored);

    [Theory]
    [InlineData("{SHA}9Rfd8dMqES/xrVXGbRsSyzjn6Pc=")]
    [InlineData("{MD5}EoQeS6XjfS+/x4RYxnFK3g==")]
    [InlineData("$1$saltsalt$VReRfkQ8Hs1aayf/oxMkG/")]
    [InlineData("$6$rounds=1000$saltsalt$osotUMSS7K.0TIfteadkw2nXkU3mHd2sic8QLeQ4NmBYvnNlee/nDNLXQJypj6pZfrDryJ6nKZzumyw65bri70")]
    public async Task Passwords_are_bytes(string stored)
    {
        Assert.True(await Matches(stored, WireText.FromUnicode(Umlauts)));
        Assert.False(await Matches(stored, Umlauts));
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("*0")]
    [InlineData("*1")]
    [InlineData("!")]
    [InlineData("!!")]
    [InlineData("x")]
    [InlineData("ab")]
    [InlineData("password")]
    [InlineData("$1$")]
    [InlineData("$1$saltsalt9$qjXMvbEw8oaL.CzflDtaK/")]
    [InlineData("!" + Sha512Crypt)]
    [InlineData("$6$saltsalt$")]
    [InlineData("$9$saltsalt$qFmFH")]
    [InlineData("{CRYPT}")]
    [InlineData("{CRYPT}*")]
    [InlineData("$argon2id$")]
    [InlineData("$argon2id$v=19$m=64,t=2,p=1$E41iydkK9S/2cNnuPy+Hew")]
    [InlineData("$argon2id$v=19$m=64,t=2,p=1$E41iydkK9S/2cNnuPy+Hew$")]
    [InlineData("$argon2id$v=19$m=64,t=2,p=1$E41iydkK9S/2cNnuPy+Hew$aLM+DCJtYuJJmv0q8YBzuty96hx0kJe+SyqJBm4QsKp")]
    [InlineData("$argon2id$v=19$m=64,t=2,p=1$E41iydkK9S/2cNnuPy+Hew$aLM+DCJtYuJJmv0q8YBzuty96hx0kJe+SyqJBm4QsKo$")]
    [InlineData("$argon2id$v=19$m=64,t=2,p=1$short$aLM+DCJtYuJJmv0q8YBzuty96hx0kJe+SyqJBm4QsKo")]
    [InlineData("$argon2id$v=19$m=64,t=2,p=1,x=1$E41iydkK9S/2cNnuPy+Hew$aLM+DCJtYuJJmv0q8YBzuty96hx0kJe+SyqJBm4QsKo")]
    [InlineData("$argon2id$v=20$m=64,t=2,p=1$E41iydkK9S/2cNnuPy+Hew$aLM+DCJtYuJJmv0q8YBzuty96hx0kJe+SyqJBm4QsKo")]
    [InlineData("$argon2id$v=19$t=2,m=64,p=1$E41iydkK9S/2cNnuPy+Hew$aLM+DCJtYuJJmv0q8YBzuty96hx0kJe+SyqJBm4QsKo")]
    [InlineData("$argon2id$v=19$m=-64,t=2,p=1$E41iydkK9S/2cNnuPy+Hew$aLM+DCJtYuJJmv0q8YBzuty96hx0kJe+SyqJBm4QsKo")]
    [InlineData("$argon2x$v=19$m=64,t=2,p=1$E41iydkK9S/2cNnuPy+Hew$aLM+DCJtYuJJmv0q8YBzuty96hx0kJe+SyqJBm4QsKo")]
    [InlineData("{SMD5}X03MO1qnZdYdgyfeuILPmQ==")]
    [InlineData("{CLEARTEXT}password")]
    [InlineData("{PLAIN}")]
    [InlineData("{PLAIN}Password")]
    [InlineData("{MD5}")]
    [InlineData("{MD5}5f4dcc3b5aa765d61d8327deb882cf99")]
    [InlineData("{MD5}X03MO1qnZdYdgyfeuILPmQ== ")]
    [InlineData("{MD5}X03MO1qnZdYdgyfeuILPmR==")]
    [InlineData("{MD5} X03MO1qnZdYdgyfeuILPmQ==")]
    [InlineData("{MD5RAW}X03MO1qnZdYdgyfeuILPmQ==")]
    [InlineData("{SHA}X03MO1qnZdYdgyfeuILPmQ==")]
    [InlineData("{SHA}{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=")]
    [InlineData("{SSHA}")]
    [InlineData("{SSHA}!!!")]
    [InlineData("{SSHA}abcd")]
    [InlineData("{SSHA}2D7DXcHaxkWxjlTTFhTzbi4Z/sdhYmNl")]
    [InlineData("{SSHA}2D7DXcHaxkWxjlTTFhTzbi4Z/sdhYmNk\n")]
    [InlineData("{SSHA}2D7DXcHaxkWxjlTT FhTzbi4Z/sdhYmNk")]
    public async Task Other_texts_never_match(string stored) => Assert.False(await Matches(stored, "password"));

    [Fact]
    public async Task The_empty_password_is_a_password_like_any_other()
    {
        Assert.True(await Matches("{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=", ""));
        Assert.True(await Matches("{PLAIN}", ""));
        Assert.False(await Matches("", ""));
        Assert.False(await Matches("*", ""));
    }

    [Fact]
    public async Task Digests_take_passwords_that_crypt_refuses_for_their_length()
    {
        string password = new('x', 600);

        Assert.True(await Matches("{SHA}saSvWBOG5ooauI7qDXEYBoB3LEo=", password));
        Assert.False(await Matches(Sha512Crypt, password));
    }

    [Fact]
    public async Task A_missing_library_is_no_match_and_said_once()
    {
        LogLines lines = new(debugLevel: 0);
        PasswordChecker checker = new(new MissingLibrary(), _work, lines.Log);

        Assert.False(await checker.MatchesAsync("{ARGON2ID}$argon2id$", "password", CancellationToken.None));
        Assert.False(await checker.MatchesAsync("{ARGON2ID}$argon2id$", "password", CancellationToken.None));

        Assert.Equal(
            ["Err a password cannot be checked and is refused, like all of its scheme: libx is not installed"], lines.All);
    }

    [Fact]
    public async Task Only_crypt_leaves_the_calling_thread()
    {
        using BlockingWork blocked = new(1);
        using ManualResetEventSlim release = new();
        PasswordChecker checker = new(new SystemCrypt(), blocked, Log.None);
        Task<bool> occupant = blocked.RunAsync(() => release.Wait(Timeout.Infinite), CancellationToken.None);

        ValueTask<bool> digest = checker.MatchesAsync("{PLAIN}password", "password", CancellationToken.None);
        ValueTask<bool> crypt = checker.MatchesAsync(Sha512Crypt, "password", CancellationToken.None);

        Assert.True(digest.IsCompletedSuccessfully);
        Assert.False(crypt.IsCompleted);
        release.Set();
        Assert.True(await crypt);
        Assert.True(await digest);
        await occupant;
    }

    [Fact]
    public async Task A_deadline_ends_the_wait_for_crypt()
    {
        using BlockingWork blocked = new(1);
        using ManualResetEventSlim release = new();
        using CancellationTokenSource deadline = new();
        PasswordChecker checker = new(new SystemCrypt(), blocked, Log.None);
        Task<bool> occupant = blocked.RunAsync(() => release.Wait(Timeout.Infinite), CancellationToken.None);

        ValueTask<bool> crypt = checker.MatchesAsync(Sha512Crypt, "password", deadline.Token);
        await deadline.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await crypt);
        release.Set();
        await occupant;
    }

    [Theory]
    [InlineData(0, new string[] { })]
    [InlineData(1, new[] { "Debug supplied password does not match encrypted password", "Debug password matches successfully" })]
    [InlineData(2, new[]
    {
        "Debug supplied password 'sec.ret' does not match encrypted password '{PLAIN}password'",
        "Debug password matches successfully",
    })]
    public async Task Hash_checks_log_as_courier_does(int debugLevel, string[] expected)
    {
        LogLines lines = new(debugLevel);
        PasswordChecker checker = new(new SystemCrypt(), _work, lines.Log);

        await checker.MatchesAsync("{PLAIN}password", "sec\u00e9ret", CancellationToken.None);
        await checker.MatchesAsync("{PLAIN}password", "password", CancellationToken.None);

        Assert.Equal(expected, lines.All);
    }

    [Theory]
    [InlineData(0, new string[] { })]
    [InlineData(1, new[] { "Debug supplied password does not match clearpasswd" })]
    [InlineData(2, new[] { "Debug supplied password 'wrong' does not match clearpasswd 'right'" })]
    public void Clear_text_checks_log_only_a_mismatch(int debugLevel, string[] expected)
    {
        LogLines lines = new(debugLevel);
        PasswordChecker checker = new(new SystemCrypt(), _work, lines.Log);

        Assert.False(checker.MatchesClear("right", "wrong"));
        Assert.True(checker.MatchesClear("right", "right"));

        Assert.Equal(expected, lines.All);
    }

    [Theory]
    [InlineData("right", "right", true)]
    [InlineData("right", "Right", false)]
    [InlineData("right", "right ", false)]
    [InlineData("right", "", false)]
    [InlineData("", "", true)]
    public void Clear_text_is_compared_exactly(string stored, string password, bool matches) =>
        Assert.Equal(matches, new PasswordChecker(new SystemCrypt(), _work, Log.None).MatchesClear(stored, password));

    private sealed class MissingLibrary : ISystemCrypt
    {
        public string? Crypt(ReadOnlySpan<byte> password, string setting) =>
            throw new DllNotFoundException("libx is not installed");

        public string? NewSetting(string? prefix) => null;
    }

    private async Task AssertMatches(string stored)
    {
        Assert.True(await Matches(stored, "password"));
        Assert.False(await Matches(stored, "passwore"));
        Assert.False(await Matches(stored, ""));
    }

    private ValueTask<bool> Matches(string stored, string password) =>
        new PasswordChecker(new SystemCrypt(), _work, Log.None).MatchesAsync(stored, password, CancellationToken.None);
}
