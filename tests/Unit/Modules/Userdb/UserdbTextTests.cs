// Editing userdb's text: one line changes, nothing else does.
using Authd.Core;
using Authd.Modules.Userdb;
using Xunit;

namespace Authd.Tests.Unit.Modules.Userdb;

public class UserdbTextTests
{
    private const string Text = "# john\tx=1\n\njohn\tuid=1|gid=2\r\n\tnobody\nbare\njohn\tuid=9\nlast\tuid=3";

    [Theory]
    [InlineData("john", "uid=1|gid=2\r")]
    [InlineData("bare", "")]
    [InlineData("last", "uid=3")]
    [InlineData("# john", null)]
    [InlineData("joh", null)]
    [InlineData("", "nobody")]
    public void Find(string name, string? record) => Assert.Equal(record, UserdbText.Find(WireText.ToBytes(Text), name));

    [Theory]
    [InlineData("john", "a=1", "# john\tx=1\n\njohn\ta=1\n\tnobody\nbare\njohn\tuid=9\nlast\tuid=3")]
    [InlineData("bare", "a=1", "# john\tx=1\n\njohn\tuid=1|gid=2\r\n\tnobody\nbare\ta=1\njohn\tuid=9\nlast\tuid=3")]
    [InlineData("last", "", "# john\tx=1\n\njohn\tuid=1|gid=2\r\n\tnobody\nbare\njohn\tuid=9\nlast\n")]
    [InlineData("new", "a=1", Text + "\nnew\ta=1\n")]
    public void Put(string name, string record, string expected) =>
        Assert.Equal(expected, WireText.FromBytes(UserdbText.Put(WireText.ToBytes(Text), name, record)));

    [Theory]
    [InlineData("", "a\tb\n")]
    [InlineData("x\n", "x\na\tb\n")]
    public void Put_a_first_or_further_line(string text, string expected) =>
        Assert.Equal(expected, WireText.FromBytes(UserdbText.Put(WireText.ToBytes(text), "a", "b")));

    [Theory]
    [InlineData("john", "# john\tx=1\n\n\tnobody\nbare\njohn\tuid=9\nlast\tuid=3")]
    [InlineData("last", "# john\tx=1\n\njohn\tuid=1|gid=2\r\n\tnobody\nbare\njohn\tuid=9\n")]
    [InlineData("nobody", Text)]
    public void Remove(string name, string expected) =>
        Assert.Equal(expected, WireText.FromBytes(UserdbText.Remove(WireText.ToBytes(Text), name)));

    [Fact]
    public void Fields_keep_their_order()
    {
        UserdbFields fields = new("uid=1|gid=2|uidx=3|uid=4|bare||uid");

        Assert.Equal(("1", "", null), (fields.Get("uid"), fields.Get("bare"), fields.Get("ui")));
        fields.Set("uid", "a=b");
        fields.Set("new", "");
        fields.Set("bare", "5");
        fields.Unset("gid");
        fields.Unset("nothing");
        Assert.Equal("uid=a=b|uidx=3|bare=5||new=", fields.ToString());
    }

    [Fact]
    public void An_empty_record_has_no_fields()
    {
        UserdbFields fields = new("");

        Assert.True(fields.IsEmpty);
        fields.Set("a", "1");
        Assert.Equal("a=1", fields.ToString());
    }
}
