// New hashes: readable by the same programs as the old ones, and never weaker.
using Authd.Core;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Linux.Crypt;
using Xunit;

namespace Authd.Tests.Unit.Core.Passwords;

public sealed class PasswordHasherTests : IDisposable
{
    private readonly BlockingWork _work = new(2);

    public void Dispose() => _work.Dispose();

    [Theory]
    // Kept.
    [InlineData("{SSHA}2D7DXcHaxkWxjlTTFhTzbi4Z/sdhYmNk", @"^\{SSHA}.{32}$")]
    [InlineData("{ssha}2D7DXcHaxkWxjlTTFhTzbi4Z/sdhYmNk", @"^\{SSHA}.{32}$")]
    [InlineData("{SSHA}mLoUnWoB6xapRmPO2lAiF0vdaBNhYmNkZWZnaA==", @"^\{SSHA}.{38}==$")]
    [InlineData("{SHA256}XohImNooBHFR0OVvjcYpJ3NgPQ1qq73WKhHvch0VQtg=", @"^\{SHA256}.{44}$")]
    [InlineData("{SHA512}sQnzu7wk", @"^\{SHA512}.{88}$")]
    [InlineData("{SSHA256}l75GB5qSAnGMk6pHkEbQMHdXfrN4UPsCCvHmONwtiZJhYmNk", @"^\{SSHA256}.{48}$")]
    [InlineData("{SSHA512}Uf9h", @"^\{SSHA512}.{92}$")]
    [InlineData("$5$saltsalt$hash", @"^\$5\$[^$]{16}\$.{43}$")]
    [InlineData("$6$saltsalt$hash", @"^\$6\$[^$]{16}\$.{86}$")]
    [InlineData("{CRYPT}$6$saltsalt$hash", @"^\{CRYPT}\$6\$[^$]{16}\$.{86}$")]
    [InlineData("{sha512-crypt}$6$saltsalt$hash", @"^\{SHA512-CRYPT}\$6\$[^$]{16}\$.{86}$")]
    [InlineData("{SHA256-CRYPT}$5$saltsalt$hash", @"^\{SHA256-CRYPT}\$5\$[^$]{16}\$.{43}$")]
    [InlineData("{BLF-CRYPT}$2y$04$abcdefghijklmnopqrstuughE8", @"^\{BLF-CRYPT}\$2y\$10\$.{53}$")]
    [InlineData("$2a$10$abcdefghijklmnopqrstuughE8", @"^\$2a\$10\$.{53}$")]
    [InlineData("$2x$10$abcdefghijklmnopqrstuughE8", @"^\$2b\$10\$.{53}$")]
    [InlineData("$7$5/..../....saltsalt$hash", @"^\$7\$CU\.\.\.\./\.\.\.\..+\$.{43}$")]
    [InlineData("$y$j75$saltsalt$hash", @"^\$y\$j9T\$[^$]{22}\$.{43}$")]
    [InlineData("$gy$j9T$saltsalt$hash", @"^\$gy\$j9T\$[^$]{22}\$.{43}$")]
    // Cost of the old hash kept where it is above the default.
    [InlineData("$5$rounds=6000$saltsalt$hash", @"^\$5\$rounds=6000\$[^$]{16}\$.{43}$")]
    [InlineData("$6$rounds=1000$saltsalt$hash", @"^\$6\$[^$]{16}\$.{86}$")]
    [InlineData("$6$rounds=abc$saltsalt$hash", @"^\$6\$[^$]{16}\$.{86}$")]
    [InlineData("$2b$11$abcdefghijklmnopqrstuughE8", @"^\$2b\$11\$.{53}$")]
    [InlineData("$7$CV..../....saltsalt$hash", @"^\$7\$CV\.\.\.\./\.\.\.\..+\$.{43}$")]
    [InlineData("$y$jAT$saltsalt$hash", @"^\$y\$jAT\$[^$]{22}\$.{43}$")]
    // Weak, unknown or none.
    [InlineData("$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", @"^\$6\$[^$]{16}\$.{86}$")]
    [InlineData("abJnggxhB/yWI", @"^\$6\$[^$]{16}\$.{86}$")]
    [InlineData("_J9..rasmEedsvB6g8/6", @"^\$6\$[^$]{16}\$.{86}$")]
    [InlineData("$3$$8846f7eaee8fb117ad06bdd830b7586c", @"^\$6\$[^$]{16}\$.{86}$")]
    [InlineData("$sha1$10$saltsalt$n3MSZmEpI863fnbqNCrJXqiqt3MN", @"^\$6\$[^$]{16}\$.{86}$")]
    [InlineData("{CRYPT}abJnggxhB/yWI", @"^\{CRYPT}\$6\$[^$]{16}\$.{86}$")]
    [InlineData("{MD5}X03MO1qnZdYdgyfeuILPmQ==", @"^\{SSHA}.{32}$")]
    [InlineData("{MD5RAW}5f4dcc3b5aa765d61d8327deb882cf99", @"^\{SSHA}.{32}$")]
    [InlineData("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", @"^\{SSHA}.{32}$")]
    [InlineData("{SHA1}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", @"^\{SSHA}.{32}$")]
    [InlineData("{PLAIN}password", @"^\{SSHA}.{32}$")]
    [InlineData("*", @"^\$6\$[^$]{16}\$.{86}$")]
    [InlineData("", @"^\$6\$[^$]{16}\$.{86}$")]
    [InlineData(null, @"^\$6\$[^$]{16}\$.{86}$")]
    public async Task A_new_hash_is_never_weaker_than_the_old_one(string? old, string expected)
    {
        PasswordChecker checker = new(new SystemCrypt(), _work, Log.None);

        string? hash = await checker.RenewAsync(old, "", "new secret", CancellationToken.None);

        Assert.Matches(expected, hash);
        Assert.True(await checker.MatchesAsync(hash!, "new secret", CancellationToken.None));
        Assert.False(await checker.MatchesAsync(hash!, "old secret", CancellationToken.None));
    }

    [Fact]
    public void The_highest_bcrypt_and_yescrypt_costs_are_kept_without_computing_them()
    {
        EchoCrypt echo = new();
        PasswordHasher hasher = new(echo);

        Assert.StartsWith("$2b$31$", hasher.HashLike("$2b$31$abcdefghijklmnopqrstuughE8", "x"), StringComparison.Ordinal);
        Assert.StartsWith("$y$jFT$", hasher.HashLike("$y$jFT$saltsalt$hash", "x"), StringComparison.Ordinal);
        Assert.StartsWith("$y$j9T1.$", hasher.HashLike("$y$j9T1.$saltsalt$hash", "x"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ARGON2ID}$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$x", "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$")]
    [InlineData("{argon2}$argon2id$m=64,t=1,p=1$c29tZXNhbHQ$x", "{ARGON2}$argon2id$v=19$m=65536,t=3,p=1$")]
    [InlineData("$argon2i$v=16$m=64,t=1,p=1$c29tZXNhbHQ$x", "$argon2i$v=19$m=65536,t=3,p=1$")]
    [InlineData("$argon2id$m=65537,t=3,p=2$c29tZXNhbHQ$x", "$argon2id$v=19$m=65537,t=3,p=2$")]
    [InlineData("$argon2id$m=32768,t=7,p=2$c29tZXNhbHQ$x", "$argon2id$v=19$m=32768,t=7,p=2$")]
    [InlineData("$argon2id$v=", "$argon2id$v=19$m=65536,t=3,p=1$")]
    [InlineData("$argon2id$v=19$m=x,t=", "$argon2id$v=19$m=65536,t=3,p=1$")]
    public void Argon2_keeps_the_greater_costs_and_becomes_version_19(string old, string expected) =>
        Assert.Equal(expected + "saltsaltsaltsalt", new PasswordHasher(new EchoCrypt()).HashLike(old, "x"));

    [Fact]
    public void The_system_prefers_a_method_of_its_own()
    {
        Assert.Matches(@"^\$y\$j9T\$[^$]{22}\$.{43}$", new PasswordHasher(new SystemCrypt()).HashPreferred("secret"));
        Assert.StartsWith("$6$", new PasswordHasher(new WithoutPreference()).HashPreferred("secret"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$6$")]
    [InlineData("{SSHA}")]
    [InlineData("{SSHA512}")]
    [InlineData("$1$")]
    public void Salts_differ_each_time(string scheme)
    {
        PasswordHasher hasher = new(new SystemCrypt());

        Assert.Equal(20, Enumerable.Range(0, 20).Select(_ => hasher.Hash(scheme, "secret")).Distinct().Count());
    }

    [Fact]
    public void A_password_that_crypt_refuses_is_not_stored()
    {
        PasswordHasher hasher = new(new SystemCrypt());
        string tooLong = new('x', 512);

        Assert.Null(hasher.HashLike("$6$saltsalt$hash", tooLong));
        Assert.NotNull(hasher.HashLike("$6$saltsalt$hash", tooLong[1..]));
        Assert.NotNull(hasher.HashLike("{SSHA}", tooLong));
    }

    [Fact]
    public void A_method_that_crypt_does_not_know_makes_no_hash()
    {
        PasswordHasher hasher = new(new EchoCrypt());

        Assert.Null(hasher.Hash("$6$", "secret"));
        Assert.Null(hasher.Hash("{CRYPT}$1$", "secret"));
    }

    /// <summary>A crypt() that is built without a method of choice.</summary>
    private sealed class WithoutPreference : ISystemCrypt
    {
        public string? Crypt(ReadOnlySpan<byte> password, string setting) => setting;

        public string? NewSetting(string? prefix) => prefix is null ? null : prefix + "salt";
    }

    /// <summary>A crypt() with few methods, whose hash is its setting.</summary>
    private sealed class EchoCrypt : ISystemCrypt
    {
        public string? Crypt(ReadOnlySpan<byte> password, string setting) => setting;

        public string? NewSetting(string? prefix) => prefix switch
        {
            "$2b$" => "$2b$05$saltsaltsaltsaltsaltsa",
            "$y$" => "$y$j9T$saltsaltsaltsalt",
            "$argon2i$v=19$" or "$argon2id$v=19$" => prefix + "m=65536,t=3,p=1$saltsaltsaltsalt",
            _ => null,
        };
    }
}
