// A module's file in many shapes: each shape on a pair of daemons of its own, the same questions to all.
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Sql;

public abstract class SettingsTests(SqlAccounts accounts)
{
    private static readonly string[] Names =
    [
        "alice@example.com", "alice", "alice@b@c", "@example.com", "alice@", "bob", "bob@example.com", "o'neil",
        "o'neil@ex'ample.com",
        "zeros@example.com", "both", "inactive", "cram", "twice", "nosuch", "nosuch@example.com", "",
    ];

    /// <summary>An ERR line that the C daemon is expected to write.</summary>
    protected virtual bool IsExpected(string line) => line.Contains("character set", StringComparison.Ordinal);

    protected async Task CheckAsync(string name, string settings)
    {
        using CourierSite site = accounts.NewSite(settings);
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        foreach (string user in Names)
        {
            await AssertSameAsync(pair, name, Requests.Lookup(user));
            await AssertSameAsync(pair, name, Requests.Lookup(user, "courier"));
            await AssertSameAsync(pair, name, Requests.Login(user, "password"));
            await AssertSameAsync(pair, name, Requests.Login(user, "wrong"));
            await AssertSameAsync(pair, name, Requests.Cram("cram-md5", user, "password", "<1@h>"));
        }

        await AssertSameAsync(pair, name, Requests.Enumerate);
        Assert.DoesNotContain(
            pair.C.LogLines, line => line.StartsWith("ERR: ", StringComparison.Ordinal) && !IsExpected(line));
    }

    private static async Task AssertSameAsync(DaemonPair pair, string name, string request)
    {
        Replies replies = await pair.AskAsync(request);
        Assert.True(replies.C == replies.Ours, $"{name}: {request}\n{replies}\n{string.Join('\n', pair.Ours.LogLines)}");
    }
}
