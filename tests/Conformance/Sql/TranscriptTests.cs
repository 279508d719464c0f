// The debug log of an SQL module line by line beside the C daemon's.
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Conformance.Logging;
using Authd.Tests.Conformance.Userdb;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Sql;

public abstract class TranscriptTests(SqlAccounts accounts)
{
    private static readonly string[] Questions =
    [
        Requests.Lookup("bob"),
        Requests.Lookup("alice@example.com", "courier"),
        Requests.Lookup("nosuch"),
        Requests.Lookup("odd\u0001name"),
        Requests.Login("alice@example.com", "password"),
        Requests.Login("alice@example.com", "wrong"),
        Requests.Login("bob", "wrong"),
        Requests.Login("nopw", "wrong"),
        Requests.Login("nosuch", "wrong"),
        Requests.Auth("imap", "login", "onlyuser\n"),
        Requests.Cram("cram-md5", "cram", UserdbAccounts.CramPassword, "<1@h>"),
        Requests.Cram("cram-md5", "cram", "wrong", "<1@h>"),
        Requests.Cram("cram-md5", "nosuch", "wrong", "<1@h>"),
        Requests.Enumerate,
        Requests.ChangePassword("bob", "wrong", "new"),
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_lines_are_the_same(int level)
    {
        using CourierSite site = accounts.NewSite(accounts.Usual);
        site.WriteAuthdaemonrc(accounts.Module, 1, $"DEBUG_LOGIN={level}");
        await using DaemonPair pair = await DaemonPair.StartAsync(site);
        foreach (string question in Questions)
        {
            await pair.AssertSameAsync(question);
        }

        Assert.Equal(await Transcript.LinesAsync(pair.C, level), await Transcript.LinesAsync(pair.Ours, level));
    }
}
