// Lookups of a running daemon that travel together, join each other, and lose their connection.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Mysql;

[Collection(MysqlFixture.Name)]
public sealed class MysqlTogetherTests(MysqlFixture fixture)
{
    private static readonly (string User, string Expected)[] Asked =
    [
        ("alice", "ADDRESS=alice@example.com\n"), ("bob", "ADDRESS=bob@example.com\n"), ("both", "ADDRESS=both@example.com\n"),
        ("nobody", "FAIL\n"), ("nobody2", "FAIL\n"),
    ];

    [Fact]
    public async Task Everybody_gets_his_own_answer_while_connections_are_lost()
    {
        using CourierSite site = new();
        site.WriteAuthdaemonrc("authmysql", 1);
        site.Write("authmysqlrc", "##NAME: MARKER:0\n" + fixture.Settings + "\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        using CancellationTokenSource enough = new();
        Task<int>[] load = [.. Enumerable.Range(0, 16).Select(client => Task.Run(() => AskUntilAsync(daemon, client, enough.Token)))];

        for (int i = 0; i < 10; i++)
        {
            await Task.Delay(100);
            await fixture.Server.SqlAsync("KILL USER mail");
        }

        await enough.CancelAsync();
        Assert.All(await Task.WhenAll(load), static answered => Assert.True(answered > 50, $"{answered} answers"));
        Assert.DoesNotContain(daemon.LogLines, static line => line.Contains("Malformed", StringComparison.Ordinal));
    }

    private static async Task<int> AskUntilAsync(OurDaemon daemon, int client, CancellationToken enough)
    {
        int answered = 0;
        while (!enough.IsCancellationRequested)
        {
            (string user, string expected) = Asked[(client + answered) % Asked.Length];
            Assert.Contains(expected, (await RawClient.AskAsync(daemon.SocketPath, Requests.Lookup(user))).Text, StringComparison.Ordinal);
            answered++;
        }

        return answered;
    }
}
