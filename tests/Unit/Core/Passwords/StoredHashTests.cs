// Several hashes in one field: which texts are one, which one lets in, and what a password change replaces.
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Core.Passwords;
using Authd.Linux.Crypt;
using Xunit;

namespace Authd.Tests.Unit.Core.Passwords;

public sealed class StoredHashTests : IDisposable
{
    private const string Ssha = "{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="; // password, no salt
    private const string Md5Crypt = "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/"; // password
    private const string App = "{PLAIN}application";
    private const string Argon2 = "$argon2id$v=19$m=64,t=2,p=1$E41iydkK9S/2cNnuPy+Hew$x";

    private readonly BlockingWork _work = new(1);
    private readonly LogLines _lines = new(debugLevel: 0);

    public void Dispose() => _work.Dispose();

    [Theory]
    [InlineData("", "")]
    [InlineData(Ssha, Ssha)]
    [InlineData("a b", "a|b")]
    [InlineData("  a   b  ", "a|b")]
    [InlineData("a b c d", "a|b|c")]
    [InlineData("a {plain}b c d", "a|{plain}b c d")]
    [InlineData("{PLAIN}my secret ", "{PLAIN}my secret ")]
    [InlineData("!a b", "!a b")]
    [InlineData("*a b", "*a b")]
    [InlineData(" !a b", " !a b")]
    [InlineData("a !b", "a|!b")]
    [InlineData("   ", "   ")]
    public void Blanks_separate_hashes(string stored, string hashes)
    {
        IReadOnlyList<StoredHash> found = StoredHash.In(stored, most: 3);
        Assert.Equal(hashes, string.Join('|', found.Select(static hash => hash.Text)));
        Assert.All(found, hash => Assert.Equal(stored, hash.With(hash.Text)));
        Assert.Equal(new StoredHash("", stored, ""), Assert.Single(StoredHash.In(stored, most: 1)));
    }

    [Theory]
    [InlineData("password", true)]
    [InlineData("application", true)]
    [InlineData("applicatio", false)]
    [InlineData(Ssha, false)]
    [InlineData("", false)]
    public async Task Each_of_them_lets_in(string password, bool matches)
    {
        Assert.Equal(matches, await Checker(4).MatchesAsync($"{Md5Crypt} {App}", password, default));
        Assert.Equal(matches, await Checker(4).MatchesAsync($"$9$unknown {Ssha}  {App}", password, default));
        Assert.False(await Checker(1).MatchesAsync($"{Md5Crypt} {Ssha}", password, default));
    }

    [Theory]
    [InlineData($"!{Md5Crypt} {Ssha}")]
    [InlineData($"*{Md5Crypt} {Ssha}")]
    [InlineData($"! {Ssha}")]
    [InlineData($"!{Md5Crypt} !{Ssha}")]
    public async Task A_locked_account_stays_locked(string stored) =>
        Assert.False(await Checker(4).MatchesAsync(stored, "password", default));

    /// <summary>The part before a blank of a clear text is no password.</summary>
    [Fact]
    public async Task A_clear_text_with_blanks_is_one()
    {
        Assert.False(await Checker(4).MatchesAsync("{PLAIN}my secret", "my", default));
        Assert.True(await Checker(4).MatchesAsync("{PLAIN}my secret", "my secret", default));
    }

    [Fact]
    public async Task More_than_the_limit_are_not_looked_at_and_told()
    {
        PasswordChecker checker = Checker(2);
        string stored = $"{Md5Crypt} {Md5Crypt} {App}";
        Assert.False(await checker.MatchesAsync(stored, "application", default));
        Assert.False(await checker.MatchesAsync(stored, "application", default));
        Assert.True(await checker.MatchesAsync($"{Md5Crypt} {Ssha}  ", "password", default));
        Assert.Equal(
            "Warn an account has more than 2 hashes, and the further ones let nobody in: see [passwords] hashes", Assert.Single(_lines.All));
    }

    [Fact]
    public async Task A_wrong_password_costs_each_hash_once_and_so_does_an_unknown_user()
    {
        CountingCrypt crypt = new();
        PasswordChecker checker = Checker(3, crypt);
        string other = Md5Crypt.Replace("saltsalt", "pepper", StringComparison.Ordinal);
        await checker.MatchesAsync($"{Md5Crypt} {other} {App}", "wrong", default);
        Assert.Equal([Md5Crypt, other], crypt.Settings);
        await checker.CheckForNobodyAsync("wrong", default);
        Assert.Equal([Md5Crypt, other, Md5Crypt, other], crypt.Settings);

        // One that was right at the first cost less, but a wrong one would not have.
        crypt.Settings.Clear();
        await checker.MatchesAsync($"{Md5Crypt} {other}", "password", default);
        Assert.Equal([Md5Crypt], crypt.Settings);
        await checker.CheckForNobodyAsync("wrong", default);
        Assert.Equal([Md5Crypt, Md5Crypt, other], crypt.Settings);
    }

    [Fact]
    public async Task A_hash_that_cannot_be_checked_here_does_not_hide_one_that_is_right()
    {
        PasswordChecker checker = Checker(3, new CountingCrypt());
        Assert.True(await checker.MatchesAsync($"{Argon2} {Ssha}", "password", default));
        await Assert.ThrowsAsync<UnverifiablePasswordException>(async () => await checker.MatchesAsync($"{Argon2} {Ssha}", "wrong", default));
        Assert.StartsWith($"{Argon2} {{SSHA}}", await checker.RenewAsync($"{Argon2} {Ssha}", "password", "new", default), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData($"{Md5Crypt} {App}", "application", @$"^\$1\$saltsalt\S+ {{SSHA}}\S+$")]
    [InlineData($"{Ssha} {Argon2} x", "password", @"^{SSHA}\S+ \$argon2id\S+ x$")]
    [InlineData($"{Ssha} x {Ssha} y {Md5Crypt} z", "password", @"^{SSHA}\S+ x y z$")]
    [InlineData($"x {Ssha}", "password", @"^x {SSHA}\S+$")]
    [InlineData("x y", "password", "^x y$")]
    public async Task A_change_replaces_the_hash_of_the_old_password_and_leaves_the_others(string stored, string old, string expected)
    {
        PasswordChecker checker = Checker(8, new CountingCrypt(argon2: true));
        string? changed = await checker.RenewAsync(stored, old, "new secret", default);
        Assert.Matches(expected, changed);
        Assert.Equal(stored != "x y", await checker.MatchesAsync(changed!, "new secret", default));
        Assert.False(await checker.MatchesAsync(changed!, old, default) && stored != $"{Md5Crypt} {App}");
    }

    [Theory]
    [InlineData("0")]
    [InlineData("17")]
    [InlineData("yes")]
    public void The_limit_has_a_range(string value) => Assert.Contains(
        "[passwords] hashes must be a number from 1 to 16", Assert.Throws<ConfigurationException>(() => Policy(value)).Message, StringComparison.Ordinal);

    private static PasswordPolicy Policy(string hashes) =>
        PasswordPolicy.From(DaemonIni.Parse("x.ini", $"[passwords]\nhashes = {hashes}\n"), new SystemCrypt());

    private PasswordChecker Checker(int hashes, ISystemCrypt? crypt = null) => new(
        crypt ?? new SystemCrypt(), _work, _lines.Log, Policy(hashes.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>The system's, counted; without libargon2, unless it is wanted.</summary>
    private sealed class CountingCrypt(bool argon2 = false) : ISystemCrypt
    {
        private readonly SystemCrypt _crypt = new();

        public List<string> Settings { get; } = [];

        public string? Crypt(ReadOnlySpan<byte> password, string setting)
        {
            Settings.Add(setting);
            return argon2 || !setting.StartsWith("$argon2", StringComparison.Ordinal)
                ? _crypt.Crypt(password, setting) : throw new DllNotFoundException("libargon2 is not installed");
        }

        public string? NewSetting(string? prefix) => _crypt.NewSetting(prefix);
    }
}
