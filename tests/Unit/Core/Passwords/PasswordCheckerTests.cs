// The recognition and comparison of stored texts; VectorTests has texts of every form from other programs.
using Authd.Core;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Linux.Crypt;
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
    [InlineData("{BLF-CRYPT}$2y$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm")]
    [InlineData("{SHA256-CRYPT}$5$saltsalt$gOjOtoMpVhru2uyjeJSEc/JaLQWOXMNmlOnj6T4AtC.")]
    [InlineData("{SHA512-CRYPT}" + Sha512Crypt)]
    [InlineData("{sha512-crypt}" + Sha512Crypt)]
    [InlineData("{PLAIN}password")]
    [InlineData("{plain}password")]
    public Task Dovecots_names_match(string stored) => AssertMatches(stored);

    [Theory]
    [InlineData("{md5}X03MO1qnZdYdgyfeuILPmQ==")]
    [InlineData("{MD5}X03MO1qnZdYdgyfeuILPmQ")]
    [InlineData("{MD5RAW}5F4DCC3B5AA765D61D8327DEB882CF99")]
    public Task Digests_match_however_they_are_written(string stored) => AssertMatches(stored);

    [Theory]
    [InlineData("{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=")]
    [InlineData("{SSHA}3VQTOg2h5yqoLo0TRmAdw59IgHdh")]
    [InlineData("{SSHA}mLoUnWoB6xapRmPO2lAiF0vdaBNhYmNkZWZnaA==")]
    [InlineData("{SSHA}mLoUnWoB6xapRmPO2lAiF0vdaBNhYmNkZWZnaA")]
    [InlineData("{SSHA}8ggWUdxQhCme2y/Ih/08PayjHVMwMTIzNDU2Nzg5YWJjZGVm")]
    [InlineData("{SSHA}lJ6tOeRu55FqBPy1wlsJn26m+Gb/ACA9Cg==")]
    [InlineData("{ssha256}WK++Ct4GzSTMoA6vQ3CzX20kUN8Y/RmJRctEIAEss5Vh")]
    [InlineData("{SSHA256}c2SvAd2TowMhI1ynV1yXVY7Sd/5Ux5xJjKLALOuK5B0wMTIzNDU2Nzg5YWJjZGVm")]
    [InlineData("{SSHA512}cUdg+h7rc+0dZBIGOyVUUb+uU5ayL9dE5jPXpjV1DAW+iB1GGG3t754yxSy2lWYP4c930LpILCNva1biAbJxI/8AID0K")]
    public Task Salted_digests_match_with_a_salt_of_any_length(string stored) => AssertMatches(stored);

    [Theory]
    [InlineData("{SHA}9Rfd8dMqES/xrVXGbRsSyzjn6Pc=")]
    [InlineData("$1$saltsalt$VReRfkQ8Hs1aayf/oxMkG/")]
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
    public async Task A_missing_library_is_no_verdict_and_said_once()
    {
        LogLines lines = new(debugLevel: 0);
        PasswordChecker checker = new(new MissingLibrary(), _work, lines.Log);

        for (int i = 0; i < 2; i++)
        {
            await Assert.ThrowsAsync<UnverifiablePasswordException>(
                async () => await checker.MatchesAsync("{ARGON2ID}$argon2id$", "password", CancellationToken.None));
        }

        Assert.Equal(["Err a password cannot be checked, nor any other of its scheme: libx is not installed"], lines.All);
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
