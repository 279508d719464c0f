// Argon2 as a method of crypt(): the limits on stored texts.
using Authd.Linux.Crypt;
using Xunit;

namespace Authd.Tests.Unit.Linux;

public class Argon2Tests
{
    private readonly SystemCrypt _crypt = new();

    [Theory]
    [InlineData("m=1048577,t=1,p=1")]
    [InlineData("m=4294967295,t=1,p=1")]
    [InlineData("m=4294967296,t=1,p=1")]
    [InlineData("m=1048576,t=5,p=1")]
    [InlineData("m=8,t=524289,p=1")]
    [InlineData("m=8,t=4294967295,p=1")]
    [InlineData("m=1024,t=1,p=17")]
    [InlineData("m=7,t=1,p=1")]
    [InlineData("m=8,t=0,p=1")]
    [InlineData("m=8,t=1,p=0")]
    [InlineData("m=0,t=1,p=1")]
    public void A_text_that_asks_for_too_much_or_nothing_is_refused(string costs) =>
        Assert.Null(_crypt.Crypt("password"u8, $"$argon2id$v=19${costs}$c29tZXNhbHQ"));

    [Theory]
    [InlineData("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ", 43)]
    [InlineData("$argon2i$v=19$m=128,t=2,p=16$c29tZXNhbHQ", 43)]
    [InlineData("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", 22)]
    public void The_hash_has_the_settings_length_or_32_bytes(string setting, int length)
    {
        string hash = _crypt.Crypt("password"u8, setting)!;

        Assert.Equal(length, hash.Length - hash.LastIndexOf('$') - 1);
        Assert.Equal(hash, _crypt.Crypt("password"u8, hash));
        Assert.NotEqual(hash, _crypt.Crypt("passwort"u8, hash));
    }

    [Fact]
    public void A_password_is_any_bytes_and_any_length()
    {
        const string Setting = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ";

        Assert.NotEqual(_crypt.Crypt("pass\0word"u8, Setting), _crypt.Crypt("pass"u8, Setting));
        Assert.NotNull(_crypt.Crypt(new byte[1000], Setting));
        Assert.NotNull(_crypt.Crypt([], Setting));
    }
}
