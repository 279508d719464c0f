// authpam's debug lines beside the C daemon's.
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Pam;

public class PamLogTests
{
    private const string Last = "last-request";

    private static readonly string[] Asked =
    [
        Requests.Lookup("alice"),
        Requests.Lookup("expired"),
        Requests.Lookup("odd\u0001\u00fc\u007fname"),
        Requests.Login("alice", "password"),
        Requests.Login("alice", "wrong"),
        Requests.Login("nosuch", "wrong"),
        Requests.Login("expired", "password"),
        Requests.Login("alice", "password", "denied"),
        Requests.Login("alice", "password", "nofile"),
        Requests.Auth("imap", "login", "onlyuser\n"),
        Requests.Auth("imap", "other", "a\nb\n"),
        Requests.Cram("cram-md5", "alice", "password", "<1@h>"),
        Requests.ChangePassword("alice@example.com", "password", "other"),
        Requests.ChangePassword("nosuch", "password", "other"),
        Requests.Enumerate,
    ];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_lines_are_the_same(int level)
    {
        using CourierSite site = new();
        await PamPair.WriteAccountsAsync(site);
        site.WriteAuthdaemonrc("authpam", 1, $"DEBUG_LOGIN={level}");
        await using DaemonPair pair = await DaemonPair.StartAsync(site);
        foreach (string request in Asked)
        {
            await pair.AssertSameAsync(request);
        }

        Assert.Equal(await LinesAsync(pair.C, level), await LinesAsync(pair.Ours, level));
    }

    /// <summary>A module's message to the user is an INFO line with service
    /// and user in our log, and a bare line in the C daemon's.</summary>
    [Fact]
    public async Task Texts_of_modules_name_the_user()
    {
        using CourierSite site = new();
        await PamPair.WriteAccountsAsync(site);
        site.WriteAuthdaemonrc("authpam", 1);
        await using DaemonPair pair = await DaemonPair.StartAsync(site);
        Assert.Equal("FAIL\n", await pair.AssertSameAsync(Requests.Login("expired", "password")));
        const string Text = "Your account has expired; please contact your system administrator.";
        await ((DaemonProcess)pair.C).LogHasAsync(Text);
        await ((DaemonProcess)pair.Ours).LogHasAsync(Text);
        Assert.Contains(Text, pair.C.LogLines);
        Assert.Contains($"INFO: authpam: service=imap, user=expired: {Text}", pair.Ours.LogLines);
    }

    private static async Task<IReadOnlyList<string>> LinesAsync(IAuthDaemon daemon, int level)
    {
        if (level > 0)
        {
            await RawClient.AskAsync(daemon.SocketPath, Requests.Lookup(Last, selector: "nosuch"));
            await ((DaemonProcess)daemon).LogHasAsync(Last);
        }

        return
        [
            .. daemon.LogLines
                .Where(l => l.StartsWith("DEBUG:", StringComparison.Ordinal) || l.StartsWith("Authenticated:", StringComparison.Ordinal)
                    || l.StartsWith("ERR:", StringComparison.Ordinal))
                .TakeWhile(l => !l.Contains(Last, StringComparison.Ordinal)),
        ];
    }
}
