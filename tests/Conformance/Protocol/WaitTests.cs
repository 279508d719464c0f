// Requests that never end: both daemons close ten seconds after the last byte. All wait at the same time.
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Conformance.Userdb;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Protocol;

public class WaitTests
{
    /// <summary>Incomplete requests; the connection stays open.</summary>
    private static readonly string[] Incomplete =
    [
        "",
        "P",
        "PRE . imap plain",
        "TCPREMOTEIP=192.0.2.1\n",
        "TCPREMOTEIP=192.0.2.1",
        "A=B\nA=B\n",
        "AUTH 27\n",
        "AUTH 27\nimap\n",
        "AUTH 28\nimap\nlogin\nplain\npassword\n",
        "AUTH 8191\nimap\nlogin\nplain\npassword\n",
        "PASSWD imap\tplain\twrong\tnew",
        "ENUMERATE",
        "ENUMERATE=1\n",
    ];

    [Fact]
    public async Task Both_close_an_unfinished_request_without_a_reply()
    {
        using CourierSite site = new();
        // The C daemon's workers serve one connection each.
        site.WriteAuthdaemonrc("authuserdb", daemons: Incomplete.Length + 1);
        await site.WriteUserdbAsync(UserdbAccounts.Text);
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        string[] replies = await Task.WhenAll(Incomplete.Select(r => pair.AssertSameAsync(r)));

        Assert.All(replies, Assert.Empty);
    }
}
