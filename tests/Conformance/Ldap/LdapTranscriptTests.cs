// authldap's debug log line by line beside the C daemon's.
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Ldap;

[Collection(LdapGroup.Name)]
public class LdapTranscriptTests(LdapTree tree)
{
    private const string Last = "last-request";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_lines_are_the_same(int level)
    {
        using CourierSite site = new();
        await using DaemonPair pair = await LdapTree.PairAsync(
            site, $"{tree.Settings}\nLDAP_AUXOPTIONS sharedGroup=sharedgroup", 1, $"DEBUG_LOGIN={level}");
        foreach (string user in (string[])["alice", "bob", "both", "none", "two", "nosuch", "odd\u0001\u00fcname"])
        {
            string name = $"{user}@example.com";
            await pair.AssertSameAsync(Requests.Lookup(name));
            await pair.AssertSameAsync(Requests.Login(name, "password"));
            await pair.AssertSameAsync(Requests.Login(name, "secret", "courier"));
            await pair.AssertSameAsync(Requests.Cram("cram-md5", name, "secret", "<1@h>"));
            await pair.AssertSameAsync(Requests.ChangePassword(name, "wrong", "new"));
        }

        await pair.AssertSameAsync(Requests.ChangePassword("two@example.com", "secret", "secret"));
        IReadOnlyList<string> c = await LinesAsync(pair.C), ours = await LinesAsync(pair.Ours);
        Assert.Equal(c, ours);
        Assert.Contains("DEBUG: Modify: clearPassword", ours);
    }

    /// <summary>A daemon's lines without the differences of the log in docs/DIFFERENCES.md.</summary>
    private static async Task<IReadOnlyList<string>> LinesAsync(IAuthDaemon daemon)
    {
        await RawClient.AskAsync(daemon.SocketPath, Requests.Lookup(Last, selector: "nosuch"));
        await ((DaemonProcess)daemon).LogHasAsync(Last);
        return
        [
            .. daemon.LogLines
                .Where(l => !l.StartsWith("INFO:", StringComparison.Ordinal)
                    && !l.StartsWith("DEBUG: cram: challenge=", StringComparison.Ordinal))
                .Where(l => !l.StartsWith("DEBUG: supplied password", StringComparison.Ordinal))
                .TakeWhile(l => !l.Contains(Last, StringComparison.Ordinal)),
        ];
    }
}
