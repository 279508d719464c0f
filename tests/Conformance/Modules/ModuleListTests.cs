// Forms of authmodulelist and daemons that both daemons read the same way.
using Authd.Tests.Conformance.Differences;
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Conformance.Userdb;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Modules;

public class ModuleListTests
{
    public const string MissingModules = "missing-modules";

    private static readonly string[] Probes =
    [
        Requests.Lookup(UserdbAccounts.John),
        Requests.Lookup("nosuch"),
        Requests.Lookup(UserdbAccounts.John, selector: "authuserdb"),
        Requests.Lookup(UserdbAccounts.John, selector: "anothermodule"),
        Requests.Login(UserdbAccounts.John, UserdbAccounts.Password),
        Requests.Login(UserdbAccounts.John, "wrong"),
        Requests.Login("nosuch", "wrong"),
        Requests.Cram("cram-md5", "tim", UserdbAccounts.CramPassword, "<1@h>"),
        Requests.ChangePassword("plain", "wrong", "new"),
        Requests.Enumerate,
        "FOO\n",
    ];

    [Theory]
    [InlineData("authmodulelist=\"authuserdb\"\ndaemons=2\n")]
    [InlineData("authmodulelist=authuserdb\ndaemons=1\n")]
    [InlineData("authmodulelist=\"authuserdb authuserdb\"\ndaemons=2\n")]
    [InlineData("authmodulelist=\"nosuchmodule authuserdb\"\ndaemons=2\n")]
    [InlineData("authmodulelist=\"authuserdb nosuchmodule\"\ndaemons=2\n")]
    [InlineData("authmodulelist=\"  authuserdb   nosuchmodule  \"\ndaemons=2\n")]
    [InlineData("authmodulelist=\"authuserdb\"\n")]
    [InlineData("authmodulelist=\"authuserdb\"\ndaemons=0\n")]
    [InlineData("authmodulelist=\"authuserdb\"\ndaemons=2x\n")]
    [InlineData("authmodulelist=\"authuserdb\"\ndaemons=\"2\"\n")]
    [InlineData("authmodulelist=\"nosuchmodule\"\nauthmodulelist=\"authuserdb\"\ndaemons=1\ndaemons=2\n")]
    [InlineData("# a comment\n\n   \nauthmodulelist=\"authuserdb\" # inline\ndaemons=2 # inline\n\n")]
    [InlineData("authmodulelist=\"authuserdb\"\ndaemons=2")]
    [InlineData("authmodulelist=\"authuserdb\"\ndaemons=2\nauthmodulelistorig=\"authpam\"\nauthdaemonvar=/run/courier/authdaemon\nunknown=1\n")]
    public async Task The_same_configuration_gives_the_same_answers(string authdaemonrc)
    {
        using CourierSite site = new();
        site.Write("authdaemonrc", authdaemonrc);
        await site.WriteUserdbAsync(UserdbAccounts.Text);
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        foreach (string request in Probes)
        {
            await pair.AssertSameAsync(request);
        }
    }

    [Theory]
    [InlineData("authuserdb", "UID=2001\n")]
    [InlineData("nosuchmodule authuserdb", "UID=2001\n")]
    public async Task The_list_decides_who_is_asked(string modules, string begins)
    {
        using CourierSite site = new();
        site.WriteAuthdaemonrc(modules);
        await site.WriteUserdbAsync(UserdbAccounts.Text);
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        string reply = await pair.AssertSameAsync(Requests.Lookup(UserdbAccounts.John));
        Assert.StartsWith(begins, reply, StringComparison.Ordinal);
    }

    /// <summary>For the C daemon, no user exists then, and all mail bounces.</summary>
    [Theory]
    [InlineData("nosuchmodule")]
    [InlineData("")]
    [InlineData("userdb")]
    [InlineData("AUTHUSERDB")]
    [InlineData("authuserdb,authpam")]
    public async Task Where_no_module_is_there_to_ask_nobody_knows_who_exists(string modules)
    {
        using CourierSite site = new();
        site.WriteAuthdaemonrc(modules);
        await site.WriteUserdbAsync(UserdbAccounts.Text);
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        foreach (string request in (string[])[Requests.Lookup(UserdbAccounts.John), Requests.Login(UserdbAccounts.John, UserdbAccounts.Password)])
        {
            await Difference.AssertAsync(pair, new Difference(MissingModules, request, Difference.Fail, Difference.Nothing));
        }

        Assert.Equal("FAIL\n", await pair.AssertSameAsync(Requests.ChangePassword("plain", "wrong", "new")));
        Assert.Equal(".\n", await pair.AssertSameAsync(Requests.Enumerate));
    }
}
