// Stored texts that no password can match, beside the hashes of other passwords.
using Authd.Core;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Linux.Crypt;
using Xunit;

namespace Authd.Tests.Unit.Core.Passwords;

public sealed class StoredPasswordDoubtsTests : IDisposable
{
    private readonly BlockingWork _work = new(1);

    public void Dispose() => _work.Dispose();

    private ValueTask<string?> RefusalAsync(string stored) =>
        new PasswordChecker(new SystemCrypt(), _work, Log.None).RefusalAsync(stored, "password", CancellationToken.None);

    [Theory]
    [InlineData("{FOO}bar", "unknown scheme {FOO}")]
    [InlineData("{MD5-CRYPT}$1$c9809462$kbUX7SLbtWm.QufGs9Mv01", "unknown scheme {MD5-CRYPT}")]
    [InlineData("{SHA256.HEX}0011", "unknown scheme {SHA256.HEX}")]
    [InlineData("{cleartext}quiet-zebra", "unknown scheme {cleartext}")]
    [InlineData("{CRYPT}{FOO}bar", "unknown scheme {FOO}")]
    [InlineData("$9$abcdefgh$0123456789", "unknown scheme $9$")]
    [InlineData("$quiet$zebra", "unknown scheme")]
    [InlineData("5f4dcc3b5aa765d61d8327deb882cf99", "unknown scheme: no prefix, hexadecimal digits")]
    [InlineData("quiet-zebra", "unknown scheme: no prefix")]
    [InlineData("{CRYPT}quiet-zebra", "unknown scheme behind {CRYPT}: no prefix")]
    [InlineData("{quiet zebra}", "unknown scheme: no prefix")]
    [InlineData("*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19", "unknown scheme of MySQL's PASSWORD()")]
    [InlineData("!", "account locked")]
    [InlineData("*", "account locked")]
    [InlineData("*LK*", "account locked")]
    [InlineData("!!$6$abcdefgh$x", "account locked")]
    [InlineData("{CRYPT}!$1$abcd1234$7UDmmrvkSWiZ25tt6ubAq/", "account locked")]
    [InlineData("{SHA}tooshort", "damaged hash {SHA}")]
    [InlineData("{SSHA}tooshort", "damaged hash {SSHA}")]
    [InlineData("{MD5RAW}xyz", "damaged hash {MD5RAW}")]
    [InlineData("$1$abcd1234$7UDmmrvkSWiZ25tt6", "damaged hash $1$")]
    [InlineData("$1$abcd1234$7UDmmrvkSWiZ25tt6ubAq/ ", "damaged hash $1$")]
    [InlineData("$6$.Li901auFzY5cASb$O0juUZconDp1eIN8Tc7A", "damaged hash $6$")]
    [InlineData("{BLF-CRYPT}$2y$10$abc", "damaged hash $2y$")]
    public async Task No_password_can_match(string stored, string reason)
    {
        string? refusal = await RefusalAsync(stored);
        Assert.Equal(reason, refusal);
        Assert.DoesNotContain("zebra", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$1$abcd1234$7UDmmrvkSWiZ25tt6ubAq/")]
    [InlineData("{MD5}XrY7u+Ae7tCTyyK7j1rNww==")]
    [InlineData("{SHA}qZk+NkcGgWq6PiVxeFDCbJzQ2J0=")]
    [InlineData("{PLAIN}other")]
    [InlineData("abJnggxhB/yWJ")]
    public async Task A_wrong_password_is_that(string stored) => Assert.Equal(Reasons.WrongPassword, await RefusalAsync(stored));

    [Fact]
    public async Task The_right_one_is_not_refused() => Assert.Null(await RefusalAsync("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="));
}
