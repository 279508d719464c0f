// DEFAULTOPTIONS merged into the accounts' own options.
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Userdb;

public class DefaultOptionsTests
{
    private static readonly string[] AccountOptions =
    [
        "", ",", "a", "a=1", "a=1,b=2", "a=,b", "disableimap=1", "DisableImap=1", "xdisableimap=1",
        "disableimapx=1", "b=2,a=1,a=3",
        "group=a,group=b", " a=1", "a =1", ",a=1,", "a=1,,b=2", "disablewebmail=0,disableimap=1,sharedgroup=x",
    ];

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("a=1")]
    [InlineData("disableimap=0")]
    [InlineData("disablewebmail=1,disableimap=0,foo")]
    [InlineData("group=a,group=b")]
    [InlineData("group=a,,group=b")]
    [InlineData(",a=1,")]
    [InlineData(",")]
    [InlineData(",,")]
    [InlineData("=x,=y")]
    [InlineData("a=b=c,b==")]
    [InlineData(" a=1, b=2 ")]
    [InlineData("A=1,a=1")]
    public async Task They_are_merged_the_same(string defaultOptions)
    {
        using CourierSite site = new();
        site.WriteAuthdaemonrc("authuserdb", 1, $"DEFAULTOPTIONS=\"{defaultOptions}\"");
        await site.WriteUserdbAsync(
            string.Concat(AccountOptions.Select((o, i) => $"u{i}\tuid=1|gid=1|home=/h|options={o}\n"))
            + "none\tuid=1|gid=1|home=/h\n");
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        for (int i = 0; i < AccountOptions.Length; i++)
        {
            await pair.AssertSameAsync(Requests.Lookup($"u{i}"));
        }

        await pair.AssertSameAsync(Requests.Lookup("none"));
        await pair.AssertSameAsync(Requests.Enumerate);
    }

    [Fact]
    public async Task Unset_they_change_nothing()
    {
        using CourierSite site = new();
        site.WriteAuthdaemonrc("authuserdb", 1);
        await site.WriteUserdbAsync("u\tuid=1|gid=1|home=/h|options=a=1,,\n");
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        Assert.Contains("OPTIONS=a=1,,\n", await pair.AssertSameAsync(Requests.Lookup("u")), StringComparison.Ordinal);
    }
}
