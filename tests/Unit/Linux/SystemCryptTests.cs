// The binding to libxcrypt.
using Authd.Linux.Crypt;
using Xunit;

namespace Authd.Tests.Unit.Linux;

public class SystemCryptTests
{
    private readonly SystemCrypt _crypt = new();

    [Fact]
    public void Crypt_hashes_under_the_setting() =>
        Assert.Equal("$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", _crypt.Crypt("password"u8, "$1$saltsalt"));

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("*0")]
    [InlineData("!")]
    [InlineData("$9$x")]
    [InlineData("$1$\0salt")]
    public void A_setting_that_is_none_gives_null(string setting) => Assert.Null(_crypt.Crypt("password"u8, setting));

    [Fact]
    public void A_password_that_C_would_cut_gives_null() => Assert.Null(_crypt.Crypt("pass\0word"u8, "$1$saltsalt"));

    [Fact]
    public void A_password_of_512_bytes_gives_null()
    {
        byte[] password = new byte[512];
        password.AsSpan().Fill((byte)'x');

        Assert.Null(_crypt.Crypt(password, "$1$saltsalt"));
        Assert.NotNull(_crypt.Crypt(password.AsSpan(1), "$1$saltsalt"));
    }

    [Fact]
    public void New_settings_are_random_and_usable()
    {
        string first = _crypt.NewSetting("$6$")!;
        string second = _crypt.NewSetting("$6$")!;

        Assert.NotEqual(first, second);
        Assert.StartsWith(first, _crypt.Crypt("password"u8, first), StringComparison.Ordinal);
    }

    [Fact]
    public void A_method_that_is_unknown_has_no_setting() => Assert.Null(_crypt.NewSetting("$nosuch$"));

    [Fact]
    public void Threads_do_not_disturb_each_other() => Parallel.For(0, 200, i =>
    {
        byte[] password = BitConverter.GetBytes(0x01010101 * (1 + (i % 100)));
        string? hash = _crypt.Crypt(password, "$1$saltsalt");

        Assert.Equal(hash, _crypt.Crypt(password, hash!));
    });
}
