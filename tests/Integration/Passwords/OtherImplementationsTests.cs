// Our hashes and those of programs with code of their own: each verifies the hashes of the other.
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Authd.Core;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Linux.Crypt;
using Authd.Tests.Integration.Pgsql;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Passwords;

[Collection(PgsqlFixture.Name)]
public sealed partial class OtherImplementationsTests(PgsqlFixture postgres) : IDisposable
{
    private readonly string _password = Convert.ToHexString(RandomNumberGenerator.GetBytes(12));
    private readonly BlockingWork _work = new(1);

    public void Dispose() => _work.Dispose();

    [Theory]
    [InlineData("-1", "$1$")]
    [InlineData("-5", "$5$")]
    [InlineData("-6", "$6$")]
    public async Task OpenSsl_passwd(string option, string prefix)
    {
        string theirs = await OpenSslAsync(_password, "passwd", option, "-stdin");
        string ours = Make(prefix);
        string again = await OpenSslAsync(_password, "passwd", option, "-stdin", "-salt", ours.Split('$')[2]);

        await AssertIsHashAsync(theirs.TrimEnd('\n'));
        Assert.Equal(ours, again.TrimEnd('\n'));
    }

    [Theory]
    [InlineData("md5", "{MD5}", 16)]
    [InlineData("sha1", "{SHA}", 20)]
    [InlineData("sha256", "{SHA256}", 32)]
    [InlineData("sha512", "{SHA512}", 64)]
    [InlineData("sha1", "{SSHA}", 20)]
    [InlineData("sha256", "{SSHA256}", 32)]
    [InlineData("sha512", "{SSHA512}", 64)]
    public async Task OpenSsl_dgst(string digest, string prefix, int length)
    {
        string ours = Make(prefix);
        byte[] bytes = Convert.FromBase64String(ours[prefix.Length..]);
        byte[] salt = bytes[length..];

        string hex = await OpenSslAsync(_password + WireText.FromBytes(salt), "dgst", "-" + digest, "-r");
        byte[] theirs = Convert.FromHexString(hex[..(2 * length)]);

        Assert.Equal(prefix.StartsWith("{SS", StringComparison.Ordinal), salt.Length > 0);
        Assert.Equal(theirs, bytes[..length]);
    }

    [Theory]
    [InlineData("des", "")]
    [InlineData("xdes", "_")]
    [InlineData("md5", "$1$")]
    [InlineData("bf", "$2b$")]
    public async Task Pgcrypto(string method, string prefix)
    {
        await postgres.Server.PsqlAsync("CREATE EXTENSION IF NOT EXISTS pgcrypto");
        // Its bcrypt knows only the prefix $2a$, which is equivalent to $2b$.
        string ours = Make(prefix).Replace("$2b$", "$2a$", StringComparison.Ordinal);

        string theirs = await postgres.Server.PsqlAsync($"SELECT crypt('{_password}', gen_salt('{method}'))");
        string again = await postgres.Server.PsqlAsync($"SELECT crypt('{_password}', '{ours}')");

        await AssertIsHashAsync(theirs.Trim());
        Assert.Equal(ours, again.Trim());
    }

    [Theory]
    [InlineData("{ARGON2I}", 1, 3)]
    [InlineData("{ARGON2ID}", 2, 1)]
    public async Task Libsodium(string prefix, int algorithm, ulong passes)
    {
        byte[] password = Encoding.ASCII.GetBytes(_password);
        byte[] theirs = new byte[128];
        Assert.True(sodium_init() >= 0);
        Assert.Equal(0, crypto_pwhash_str_alg(theirs, password, (ulong)password.Length, passes, 65536, algorithm));
        string ours = Make(PasswordMethods.All[prefix.Trim('{', '}')]);

        await AssertIsHashAsync(prefix + Encoding.ASCII.GetString(theirs).TrimEnd('\0'));
        Assert.Equal(0, crypto_pwhash_str_verify(
            [.. Encoding.ASCII.GetBytes(ours[prefix.Length..]), .. new byte[128]], password, (ulong)password.Length));
    }

    [LibraryImport("libsodium.so.23")]
    private static partial int sodium_init();

    [LibraryImport("libsodium.so.23")]
    private static partial int crypto_pwhash_str_alg(
        [Out] byte[] text, byte[] password, ulong length, ulong passes, nuint memory, int algorithm);

    [LibraryImport("libsodium.so.23")]
    private static partial int crypto_pwhash_str_verify(byte[] text, byte[] password, ulong length);

    private string Make(string prefix) => new PasswordHasher(new SystemCrypt()).Hash(prefix, _password)!;

    private async Task AssertIsHashAsync(string hash)
    {
        PasswordChecker checker = new(new SystemCrypt(), _work, Log.None);
        Assert.True(await checker.MatchesAsync(hash, _password, CancellationToken.None), hash);
        Assert.False(await checker.MatchesAsync(hash, "x" + _password, CancellationToken.None), hash);
    }

    private static Task<string> OpenSslAsync(string input, params string[] arguments) =>
        ProcessRunner.RunOrThrowAsync(["openssl", .. arguments], input);
}
