// The debug log line by line beside the C daemon's: administrators and filters match its texts.
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Conformance.Userdb;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Logging;

public class TranscriptTests
{
    private const string Last = "last-request";

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

        Assert.Equal(await LinesAsync(pair.C, level), await LinesAsync(pair.Ours, level));
    }

    /// <summary>
    /// A daemon's lines but for the start-up's, and without what docs/DIFFERENCES.md says of the log: ours has a line for
    /// each failed login, CRAM credentials at level 2 only, and does not close and open userdb.dat after each unknown name.
    /// </summary>
    private static async Task<IReadOnlyList<string>> LinesAsync(IAuthDaemon daemon, int level)
    {
        if (level > 0)
        {
            await RawClient.AskAsync(daemon.SocketPath, Support.Requests.Lookup(Last, selector: "nosuch"));
            await ((DaemonProcess)daemon).LogHasAsync(Last);
        }

        return
        [
            .. daemon.LogLines
                .Where(l => l.StartsWith("DEBUG:", StringComparison.Ordinal) || l.StartsWith("Authenticated:", StringComparison.Ordinal)
                    || l.StartsWith("ERR:", StringComparison.Ordinal))
                .Where(l => !l.StartsWith("DEBUG: userdb: opened ", StringComparison.Ordinal))
                .Where(l => level > 1 || !l.StartsWith("DEBUG: cram: challenge=", StringComparison.Ordinal))
                .TakeWhile(l => !l.Contains(Last, StringComparison.Ordinal)),
        ];
    }
}
