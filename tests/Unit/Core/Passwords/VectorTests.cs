// Every stored form, with texts made by other implementations than libcrypt and libargon2.
using Authd.Core;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Linux.Crypt;
using Xunit;

namespace Authd.Tests.Unit.Core.Passwords;

public sealed class VectorTests : IDisposable
{
    private const string Plain = "password";
    private const string Long = "a longer pass phrase of 37 characters";

    // As UTF-8, and as Latin-1.
    private static readonly string Umlauts = WireText.FromUnicode(Latin);
    private const string Latin = "p\u00e4ssw\u00f6rd";

    // The programs that made the texts.
    private const string Hashlib = "Python's hashlib (OpenSSL)";
    private const string OpenSsl = "openssl passwd";
    private const string OpenSslMd4 = "MD4 of openssl dgst -provider legacy, over UTF-16LE";
    private const string Passlib = "passlib 1.7.4, its own Python code";
    private const string PasslibSigned = "passlib 1.7.4's Blowfish, with bytes taken as signed, which is what $2x$ stands for";
    private const string GoArgon = "Go's golang.org/x/crypto/argon2";
    private const string GoArgon16 = "Go's golang.org/x/crypto/argon2, changed to version 16: blocks overwritten, not XORed";
    private const string Libsodium = "libsodium";
    private const string Yescrypt = "openwall/yescrypt-go";
    private const string YescryptTests = "yescrypt's TESTS-OK, which RustCrypto's yescrypt passes, too";

    // HMAC(HMAC(Streebog-256(password), setting), yescrypt's hash), as ALT Linux describes it.
    private const string GostYescrypt = "openwall/yescrypt-go and gost12sum of gost-engine";

    private readonly BlockingWork _work = new(1);

    public void Dispose() => _work.Dispose();

    /// <summary>The origin of a text, the text, its password (wire text).</summary>
    public static TheoryData<string, string, string> Vectors => new()
    {
        { Passlib, "abJnggxhB/yWI", Plain },
        { Passlib, "abzp3RXJm5gNA", Umlauts },
        { Passlib, "abkcfEndDLESY", Long },
        // bigcrypt: DES for each eight bytes.
        { Passlib, "abzp3RXJm5gNAqQG8BAXKh8.", Umlauts },
        { Passlib, "abkcfEndDLESYfhTjoNEM96gaClrcFLBdkIJdZIVD/EbE.q0q2b5Ent22", Long },
        { Passlib, "_J9..rasmEedsvB6g8/6", Plain },
        { Passlib, "_J9..rasmTIP7P2rlEnk", Umlauts },
        { Passlib, "_J9..rasmWU1n9AuBjYo", Long },
        { Passlib, "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", Plain },
        { Passlib, "$1$saltsalt$VReRfkQ8Hs1aayf/oxMkG/", Umlauts },
        { Passlib, "$1$saltsalt$84hngPFXY2vEBSneBydMJ0", Long },
        { Passlib, "$1$s$86LMLBF75kT8k49Mbjn6l0", Plain },
        { OpenSslMd4, "$3$$8846f7eaee8fb117ad06bdd830b7586c", Plain },
        { OpenSslMd4, "$3$$fd65d7a017a073325cddde8cbda23955", Long },
        // libcrypt takes each byte of the password for one character.
        { OpenSslMd4, "$3$$0553152250ac01adb4213cb9938663e4", Latin },
        { Passlib, "$md5,rounds=10$saltsalt$vMgbhwHSp1p1jw8hv/Ajr.", Plain },
        { Passlib, "$md5,rounds=10$saltsalt$$j4tVH.WWshFrnOPpQkWd./", Plain },
        { Passlib, "$md5$saltsalt$ks9fa5F1hyrN1wBUybFVh1", Plain },
        { Passlib, "$md5$saltsalt$$AtJ19OQz0FYM2k.rKgVnV.", Plain },
        { Passlib, "$md5,rounds=10$saltsalt$$RJZX.o.M42tftiquiNzsi0", Umlauts },
        { Passlib, "$md5,rounds=10$saltsalt$5vYXu2d75j900AlDMWLfQ1", Long },
        { Passlib, "$sha1$10$saltsalt$n3MSZmEpI863fnbqNCrJXqiqt3MN", Plain },
        { Passlib, "$sha1$10$saltsalt$jQEemU2mn47kJJZZcs1yQso2dqso", Umlauts },
        { Passlib, "$sha1$10$saltsalt$sG0AkIFNeGbp/Nh/ES8QGnurksdv", Long },
        { OpenSsl, "$5$saltsalt$gOjOtoMpVhru2uyjeJSEc/JaLQWOXMNmlOnj6T4AtC.", Plain },
        { Passlib, "$5$rounds=1000$saltsalt$azOwbpkvuuBKkE82dQPwTsQE8JyT9Fflpr9aKid3aT9", Plain },
        { Passlib, "$5$rounds=1000$saltsalt$YRVhx9PBSueDWHkEqtuHEqx1Nq8ox8e8Dq1KpMd3bdC", Umlauts },
        { Passlib, "$5$rounds=1000$saltsalt$FMx9i42xJiBA4fUM4RCUp6w5AMQIjMucotZPjwSf677", Long },
        {
            OpenSsl,
            "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/",
            Plain
        },
        {
            Passlib,
            "$6$rounds=1000$saltsalt$osotUMSS7K.0TIfteadkw2nXkU3mHd2sic8QLeQ4NmBYvnNlee/nDNLXQJypj6pZfrDryJ6nKZzumyw65bri70",
            Umlauts
        },
        {
            Passlib,
            "$6$rounds=1000$saltsalt$zZPAk9U/QLNgP335nuGBHYpFUAEQYOwg0gvIe4.8VCFIniHQsu2ZNVIFI99gwWTaSt.rJ8LiXLD2o.axd5JSR.",
            Long
        },
        { Passlib, "$2a$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm", Plain },
        { Passlib, "$2a$04$abcdefghijklmnopqrstuuyx2n0Zzopyr9QuYTMCfOJJOj526QVoC", Umlauts },
        { Passlib, "$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm", Plain },
        { Passlib, "$2b$04$abcdefghijklmnopqrstuu403DCdD3V.HJJEURLwrPvEhrJ9ccAY.", Long },
        { Passlib, "$2y$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm", Plain },
        { Passlib, "$2y$04$abcdefghijklmnopqrstuuyx2n0Zzopyr9QuYTMCfOJJOj526QVoC", Umlauts },
        { PasslibSigned, "$2x$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm", Plain },
        { PasslibSigned, "$2x$04$abcdefghijklmnopqrstuusLa1VKyG1SwS4T/Tip3T/Cdo9gT8Ol.", Umlauts },
        { Hashlib, "$7$5/..../....saltsalt$1lZeJMUJoewh8RPhREOoQHKttXMwFnHS7hMkOr6qd58", Plain },
        { Hashlib, "$7$C6..../....saltsalt$jptdw.w1ePboXf7OsESfe8H9E5kABv1ihwNd4uzP7Z9", Umlauts },
        { YescryptTests, "$y$jD5.7$LdJMENpBABJJ3hIHjB1Bi.$HboGM6qPrsK.StKYGt6KErmUYtioHreJd98oIugoNB6", "pleaseletmein" },
        { Yescrypt, "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$tnSYvahCwPBHKZUspmcxMfb0.WiB9W.zEaKlOBL35rC", Plain },
        { Yescrypt, "$y$j75$saltsalt$oRvAdjphdNnk3wHh9iO5ap8EOmNCxoiceDzpFxTcy61", Umlauts },
        { GostYescrypt, "$gy$j9T$F5Jx5fExrKuPp53xLKQ..1$Dogv.jai3UfiqXFIeQV0FWiA2xx/QPuuov.EGnMByDD", Plain },
        { GostYescrypt, "$gy$j75$saltsalt$o8Rt9ORW59xgcdOCBSFgKf8nC7odux.l2E3p56THej3", Umlauts },
        { GoArgon, "$argon2id$v=19$m=4096,t=3,p=1$c29tZXNhbHQ$qLml5cbqFAO6YxVHhrSBHP0UWdxrIxkNcM8aMX3blzU", Plain },
        { GoArgon, "$argon2id$v=19$m=1024,t=2,p=4$c29tZXNhbHQ$MfdjzcytEeXZM5ijm4z8Gut8QmpjPY4o", Plain },
        { GoArgon, "$argon2i$v=19$m=4096,t=3,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A", Plain },
        { GoArgon, "$argon2i$v=19$m=64,t=1,p=2$c29tZXNhbHQ$4Sxx/UqUr0frcXsODA5eaw", Plain },
        { Libsodium, "$argon2id$v=19$m=64,t=2,p=1$E41iydkK9S/2cNnuPy+Hew$aLM+DCJtYuJJmv0q8YBzuty96hx0kJe+SyqJBm4QsKo", Plain },
        { Libsodium, "$argon2i$v=19$m=64,t=3,p=1$1EJNNA3fEvNX1C3w8fmMGQ$bVZCmc0IW9KuqrlrcxpHeIDoNYCDNav68VTLCS5j69A", Plain },
        { GoArgon16, "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$BNNN5hUxEQkUk67iF/12o/X1a4Jvvi9IzrjXfdGe2so", Plain },
        { GoArgon16, "$argon2id$m=64,t=3,p=1$c29tZXNhbHQ$XgHi+b7lbfZue+cuR5LjDS7vIq6Aitql42lGW79P3Gw", Plain },
        { GoArgon16, "$argon2i$v=16$m=64,t=3,p=1$c29tZXNhbHQ$UW8CxJzcGBluhggqVusRcxBuSm2VCxOZZdoZi/OeFLU", Plain },
        { Hashlib, "{MD5}X03MO1qnZdYdgyfeuILPmQ==", Plain },
        { Hashlib, "{MD5}EoQeS6XjfS+/x4RYxnFK3g==", Umlauts },
        { Hashlib, "{MD5RAW}5f4dcc3b5aa765d61d8327deb882cf99", Plain },
        { Hashlib, "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", Plain },
        { Hashlib, "{SHA}9Rfd8dMqES/xrVXGbRsSyzjn6Pc=", Umlauts },
        { Hashlib, "{SHA1}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", Plain },
        { Hashlib, "{SHA256}XohImNooBHFR0OVvjcYpJ3NgPQ1qq73WKhHvch0VQtg=", Plain },
        {
            Hashlib,
            "{SHA512}sQnzu7wkTrgkQZF+0G1hi5AI3Qmzvv0bXgc5THBqi7mAsdd4Xll27ASbRt9fEyavWi6m0QP9B8lThf+rDKy8hg==",
            Plain
        },
        { Hashlib, "{SSHA}2D7DXcHaxkWxjlTTFhTzbi4Z/sdhYmNk", Plain },
        { Hashlib, "{SSHA256}l75GB5qSAnGMk6pHkEbQMHdXfrN4UPsCCvHmONwtiZJhYmNk", Plain },
        {
            Hashlib,
            "{SSHA512}Uf9hUCsD8LPiFdVuiWijY6jdFDWZgsYK08iXrK5Huga/AshiRE8Ek0rFW6L+fNoxkqfy5NNYrAbxUYiXJ5cmNmFiY2Q=",
            Plain
        },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public async Task Others_texts_match(string source, string stored, string password)
    {
        string[] names =
            Begins(stored, "{") ? []
            : Begins(stored, "$argon2id") ? ["{ARGON2}", "{argon2id}"]
            : Begins(stored, "$argon2i") ? ["{ARGON2}", "{ARGON2I}"]
            : ["{CRYPT}", "{crypt}"];
        foreach (string name in (string[])["", .. names])
        {
            Assert.True(await Matches(name + stored, password), $"{name}{stored}, made by {source}");
        }

        Assert.False(await Matches(stored, "x" + password));
    }

    [Fact]
    public async Task An_NT_hash_does_not_match_its_password_in_UTF_8() =>
        Assert.False(await Matches("$3$$0553152250ac01adb4213cb9938663e4", Umlauts));

    [Fact]
    public void Every_method_has_its_vectors()
    {
        string[] texts = [.. Vectors.Select(vector => (string)((object[])vector)[1])];
        foreach ((string name, string form) in PasswordMethods.All.Where(method => method.Value != "{PLAIN}"))
        {
            // {CRYPT}, Dovecot's and OpenLDAP's names only precede an output of crypt() or Argon2.
            string made = form[(form.LastIndexOf('}') + 1)..] is { Length: > 0 } bare ? bare : form;
            Assert.True(Array.Exists(texts, text => made.Length > 0 ? Begins(text, made) : text.Length == 13), name);
        }
    }

    private static bool Begins(string text, string prefix) => text.StartsWith(prefix, StringComparison.Ordinal);

    private ValueTask<bool> Matches(string stored, string password) =>
        new PasswordChecker(new SystemCrypt(), _work, Log.None).MatchesAsync(stored, password, CancellationToken.None);
}
