// The credentials of authtype login, byte for byte.
using Authd.Core.Protocol;
using Xunit;

namespace Authd.Tests.Unit.Core.Protocol;

public class LoginDataTests
{
    [Theory]
    [InlineData("john\nsecret\n", "john", "secret")]
    [InlineData("john\nsecret", "john", "secret")]
    [InlineData("\n\njohn\n\n\nsecret\n\n", "john", "secret")]
    [InlineData("john\nsecret\nmore\n", "john", "secret")]
    [InlineData(" john smith \n a b \n", " john smith ", " a b ")]
    [InlineData("john\r\nsecret\r\n", "john\r", "secret\r")]
    [InlineData("j\u00c3\u00b6\n\u00ff\t\n", "j\u00c3\u00b6", "\u00ff\t")]
    public void Tokens_are_separated_by_line_ends_alone(string authData, string user, string password)
    {
        Assert.True(LoginData.TryParse(authData, out LoginData? login));
        Assert.Equal(new LoginData(user, password), login);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("john")]
    [InlineData("john\n")]
    [InlineData("\njohn\n\n\n")]
    public void Both_tokens_must_be_there(string authData)
    {
        Assert.False(LoginData.TryParse(authData, out LoginData? login));
        Assert.Null(login);
    }
}
