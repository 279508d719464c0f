// DEFAULTOPTIONS merged into an account's own options.
using Authd.Core.Protocol;
using Xunit;

namespace Authd.Tests.Unit.Core.Protocol;

public class AccountOptionsTests
{
    [Theory]
    [InlineData("disableimap=1", "disablewebmail=1,disableimap=0,foo", "disableimap=1,disablewebmail=1,foo")]
    [InlineData("", "group=a,group=b", "group=a,group=b")]
    [InlineData(null, "group=a,,group=b,", "group=a,,group=b,")]
    [InlineData("x=1", "group=a,,group=b", "x=1,group=a")]
    [InlineData("x=1,,y", "", "x=1,,y")]
    [InlineData(null, "", "")]
    [InlineData("x", "x=1,xy=2", "x,xy=2")]
    [InlineData("xy=1", "x=1", "xy=1,x=1")]
    [InlineData("X=1", "x=0", "X=1,x=0")]
    [InlineData("a=x=1", "x=0", "a=x=1,x=0")]
    [InlineData("a", "=b,=c", "a,=b")]
    [InlineData("a,", "=b,b", "a,,b")]
    public void Merged(string? account, string defaults, string expected) =>
        Assert.Equal(expected, AccountOptions.Merge(account, defaults));

    [Fact]
    public void Nothing_to_add_makes_no_new_text()
    {
        string account = "disableimap=1,group=x";

        Assert.Same(account, AccountOptions.Merge(account, "group=y,disableimap"));
    }

    [Theory]
    [InlineData("disableshared", true)]
    [InlineData("disableshared=", true)]
    [InlineData("disableshared=1", true)]
    [InlineData("disableshared=-1", true)]
    [InlineData("disableshared=12x", true)]
    [InlineData("disableshared=yes", true)]
    [InlineData("disableshared=Y", true)]
    [InlineData("disableshared=true", true)]
    [InlineData("a=1,disableshared=T", true)]
    [InlineData("disableshared=0", false)]
    [InlineData("disableshared=no", false)]
    [InlineData("disableshared=0,disableshared=1", false)]
    [InlineData("xdisableshared=1", false)]
    [InlineData("disablesharedx=1", false)]
    [InlineData("DISABLESHARED=1", false)]
    [InlineData("", false)]
    public void An_option_is_on_as_clients_read_it(string options, bool on) =>
        Assert.Equal(on, AccountOptions.IsOn(options, "disableshared"));
}
