// The debug log line by line beside the C daemon's: administrators and filters match its texts.
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Conformance.Userdb;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Logging;

public class TranscriptTests
{
    private static readonly string[] Requests =
    [
        Support.Requests.Lookup(UserdbAccounts.John),
        Support.Requests.Lookup("plain"),
        Support.Requests.Lookup("nosuch"),
        Support.Requests.Lookup("odd\u0001\u00fc\u007fname"),
        Support.Requests.Lookup(UserdbAccounts.John, selector: "authuserdb"),
        Support.Requests.Lookup(UserdbAccounts.John, selector: "nosuch"),
        Support.Requests.Login(UserdbAccounts.John, UserdbAccounts.Password),
        Support.Requests.Login(UserdbAccounts.John, "wrong"),
        Support.Requests.Login("nosuch", "wrong"),
        Support.Requests.Login("tim", "wrong"),
        Support.Requests.Auth("imap", "login", "onlyuser\n"),
        Support.Requests.Auth("imap", "other", "a\nb\n"),
        Support.Requests.Cram("cram-md5", "tim", UserdbAccounts.CramPassword, "<1@h>"),
        Support.Requests.Cram("cram-sha1", "tim", "wrong", "<1@h>"),
        Support.Requests.Cram("cram-md5", "nosuch", "wrong", "<1@h>"),
        Support.Requests.Cram("cram-md5", "plain", "wrong", "<1@h>"),
        Support.Requests.Auth("imap", "cram-md5", "!!!!\n!!!!\n"),
        Support.Requests.Auth("imap", "cram-md5", "PDFAaD4=\nbm9ibGFuaw==\n"),
        Support.Requests.Enumerate,
        "FOO\n",
        "PRE .\n",
    ];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_lines_are_the_same(int level)
    {
        using CourierSite site = new();
        site.WriteAuthdaemonrc("authuserdb nosuchmodule", 1, $"DEBUG_LOGIN={level}", "DEFAULTOPTIONS=a=1");
        await site.WriteUserdbAsync(UserdbAccounts.Text);
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        foreach (string request in Requests)
        {
            await pair.AssertSameAsync(request);
        }

        Assert.Equal(await Transcript.LinesAsync(pair.C, level), await Transcript.LinesAsync(pair.Ours, level));
    }
}
