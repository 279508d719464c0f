// Fields of a userdb record.
using Authd.Core;
using Authd.Modules.Userdb;
using Xunit;

namespace Authd.Tests.Unit.Modules.Userdb;

public class UserdbRecordTests
{
    [Theory]
    [InlineData("uid=1|home=/h", "home", "/h")]
    [InlineData("uid=1|home=/h", "uid", "1")]
    [InlineData("home=/a|home=/b", "home", "/a")]
    [InlineData("options=a=1,b=2|x", "options", "a=1,b=2")]
    [InlineData("mail=|home", "mail", "")]
    [InlineData("mail=|home", "home", "")]
    [InlineData("home|mail=", "home", "")]
    [InlineData("xhome=1|homes=2|homex", "home", null)]
    [InlineData("gecos=home=x", "home", null)]
    [InlineData("", "home", null)]
    [InlineData("|||home=/h|", "home", "/h")]
    [InlineData("gecos=M\u00fcller \u00ff", "gecos", "M\u00fcller \u00ff")]
    public void Fields(string record, string field, string? value) =>
        Assert.Equal(value, new UserdbRecord(WireText.ToBytes(record)).Text(WireText.ToBytes(field)));

    [Theory]
    [InlineData("uid=1000", 1000)]
    [InlineData("uid= \t12y", 12)]
    [InlineData("uid=4294967295", 4294967295)]
    [InlineData("uid=4294967296", 0)]
    [InlineData("uid=-2", 0)]
    [InlineData("uid=+0012", 12)]
    [InlineData("uid=++1", 0)]
    [InlineData("uid=x1", 0)]
    [InlineData("uid=", 0)]
    [InlineData("gid=1", 0)]
    public void Numbers(string record, uint number) =>
        Assert.Equal(number, new UserdbRecord(WireText.ToBytes(record)).Number("uid"u8));
}
