// [passwords] of authdaemond.ini: the hashes that a password change
// keeps and those that it writes instead; the document of all methods.
using Authd.Core.Configuration;
using Authd.Core.Passwords;
using Authd.Linux.Crypt;
using Xunit;

namespace Authd.Tests.Unit.Core.Passwords;

public class PasswordPolicyTests
{
    private const string Sha512Crypt = "$6$saltsalt$hash";

    [Theory]
    // Without a setting.
    [InlineData("", Sha512Crypt, Sha512Crypt)]
    [InlineData("", "{SSHA}2D7DXcHaxkWxjlTTFhTzbi4Z/sdhYmNk", "{SSHA}2D7DXcHaxkWxjlTTFhTzbi4Z/sdhYmNk")]
    [InlineData("", "{SHA256}x", "{SHA256}x")]
    [InlineData("", "{MD5}x", "{SSHA}")]
    [InlineData("", "$1$saltsalt$hash", "$6$")]
    [InlineData("", "{CRYPT}abJnggxhB/yWI", "{CRYPT}$6$")]
    [InlineData("", "{BLF-CRYPT}abJnggxhB/yWI", "{CRYPT}$6$")]
    [InlineData("", "", "$6$")]
    // Hashes stronger than the minimum stay, weaker ones become the minimum.
    [InlineData("minimum = sha512crypt", Sha512Crypt, Sha512Crypt)]
    [InlineData("minimum = sha512crypt", "{CRYPT}" + Sha512Crypt, "{CRYPT}" + Sha512Crypt)]
    [InlineData("minimum = sha512crypt", "$y$j9T$salt$hash", "$y$j9T$salt$hash")]
    [InlineData("minimum = sha512crypt", "$5$saltsalt$hash", "$6$")]
    [InlineData("minimum = sha512crypt", "{SHA256-CRYPT}$5$saltsalt$hash", "{CRYPT}$6$")]
    [InlineData("minimum = sha512crypt", "{SSHA512}x", "{CRYPT}$6$")]
    [InlineData("minimum = sha512crypt", "{MD5}x", "{CRYPT}$6$")]
    [InlineData("minimum = sha512crypt", "$1$saltsalt$hash", "$6$")]
    [InlineData("minimum = sha512crypt", "", "$6$")]
    [InlineData("minimum = SSHA256", "{SSHA}2D7DXcHaxkWxjlTTFhTzbi4Z/sdhYmNk", "{SSHA256}")]
    [InlineData("minimum = ssha256", "{SHA512}x", "{SSHA256}")]
    [InlineData("minimum = argon2id", "$y$j9T$salt$hash", "{ARGON2ID}$argon2id$")]
    [InlineData("minimum = argon2id", "$argon2id$v=19$m=1,t=1,p=1$x$y", "$argon2id$v=19$m=1,t=1,p=1$x$y")]
    // A scheme for hashes that do not stay.
    [InlineData("scheme = yescrypt", "$1$saltsalt$hash", "$y$")]
    [InlineData("scheme = yescrypt", "", "$y$")]
    [InlineData("scheme = yescrypt", "{MD5}x", "{CRYPT}$y$")]
    [InlineData("scheme = yescrypt", "{CRYPT}abJnggxhB/yWI", "{CRYPT}$y$")]
    [InlineData("scheme = yescrypt", "{SSHA}2D7DXcHaxkWxjlTTFhTzbi4Z/sdhYmNk", "{SSHA}2D7DXcHaxkWxjlTTFhTzbi4Z/sdhYmNk")]
    [InlineData("scheme = ssha512", "abJnggxhB/yWI", "{SSHA512}")]
    [InlineData("minimum = ssha256\nscheme = yescrypt", "{SSHA}2D7DXcHaxkWxjlTTFhTzbi4Z/sdhYmNk", "{CRYPT}$y$")]
    [InlineData("minimum = ssha256\nscheme = yescrypt", "{SSHA512}x", "{SSHA512}x")]
    // A thousand rounds of MD5 are more than one of SHA-1: a scheme never weakens.
    [InlineData("scheme = ssha", "$1$saltsalt$hash", "$6$")]
    [InlineData("scheme = ssha", "{CRYPT}$1$saltsalt$hash", "{CRYPT}$6$")]
    public void A_change_keeps_or_strengthens(string ini, string stored, string form) =>
        Assert.Equal(form, Policy(ini).FormAfter(stored));

    [Theory]
    [InlineData("minimum = rot13", "[passwords] minimum must be one of sha256, sha512, ssha, ", ", not 'rot13'")]
    [InlineData("minimum = md5", "[passwords] minimum must be one of ", ", not 'md5'")]
    [InlineData("scheme = plain", "[passwords] scheme must be one of ", ", not 'plain'")]
    [InlineData("scheme = md5crypt", "[passwords] scheme must be one of ", ", not 'md5crypt'")]
    [InlineData("minimum = yescrypt\nscheme = sha512crypt", "[passwords] scheme must be as strong as minimum", ", not 'sha512crypt'")]
    [InlineData("minimum = ssha512\nscheme = ssha", "[passwords] scheme must be as strong as minimum", ", not 'ssha'")]
    public void A_setting_that_cannot_be_is_an_error_that_names_it(string ini, string begin, string end)
    {
        ConfigurationException wrong = Assert.Throws<ConfigurationException>(() => Policy(ini));

        Assert.Contains(begin, wrong.Message, StringComparison.Ordinal);
        Assert.EndsWith(end, wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scheme = yescrypt", "[passwords] scheme must be known to this system")]
    [InlineData("minimum = argon2id", "[passwords] minimum must be known to this system")]
    public void A_scheme_that_the_system_lacks_is_an_error(string ini, string message)
    {
        ConfigurationException wrong = Assert.Throws<ConfigurationException>(
            () => PasswordPolicy.From(Ini(ini), new NoMethods()));

        Assert.Contains(message, wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_digest_needs_nothing_of_the_system() =>
        Assert.Equal("{SSHA512}", PasswordPolicy.From(Ini("scheme = ssha512"), new NoMethods()).FormAfter(""));

    [Fact]
    public void The_document_has_every_method()
    {
        string document = Document();

        Assert.All(PasswordMethods.All.Keys, name => Assert.Contains($"`{name}`", document, StringComparison.Ordinal));
    }

    [Fact]
    public void The_documents_table_runs_from_weak_to_strong()
    {
        string[] rows = [.. Document().Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal))];
        string[] methods =
        [
            .. rows.TakeWhile(row => !row.StartsWith("| `crypt`", StringComparison.Ordinal))
                .SelectMany(row => row.Split('|')[1].Split('`').Where((_, i) => i % 2 == 1))
                .Where(PasswordMethods.ForChanges.ContainsKey),
        ];

        Assert.Equal("sha256", methods[0]);
        Assert.Equal("argon2id", methods[^1]);
        for (int i = 0; i < methods.Length; i++)
        {
            PasswordPolicy policy = Policy($"minimum = {methods[i]}");
            Assert.All(methods[i..], stronger =>
                Assert.Equal(PasswordMethods.All[stronger], policy.FormAfter(PasswordMethods.All[stronger])));
        }
    }

    private static PasswordPolicy Policy(string ini) => PasswordPolicy.From(Ini(ini), new SystemCrypt());

    private static DaemonIni Ini(string text) => DaemonIni.Parse("x.ini", $"[passwords]\n{text}\n");

    private static string Document()
    {
        DirectoryInfo at = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "docs", "PASSWORDS.md")))
        {
            at = at.Parent ?? throw new FileNotFoundException("docs/PASSWORDS.md");
        }

        return File.ReadAllText(Path.Combine(at.FullName, "docs", "PASSWORDS.md"));
    }

    private sealed class NoMethods : ISystemCrypt
    {
        public string? Crypt(ReadOnlySpan<byte> password, string setting) => null;

        public string? NewSetting(string? prefix) => null;
    }
}
