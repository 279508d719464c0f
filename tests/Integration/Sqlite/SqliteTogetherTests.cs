// Look-ups that arrive together share one lock of the database.
using System.Net.Sockets;
using Authd.Linux.Events;
using Authd.Linux.Sockets;
using Authd.Linux.Sqlite;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Sqlite;

public class SqliteTogetherTests
{
    /// <summary>
    /// A reader in SQLite's rollback mode keeps a writer from committing, one in WAL mode goes on seeing what was before: look-ups
    /// must do neither for longer than those that have arrived together take.
    /// </summary>
    [Theory]
    [InlineData("DELETE")]
    [InlineData("WAL")]
    public async Task A_change_by_others_gets_its_turn_under_load_and_the_next_request_sees_it(string journal)
    {
        using SqliteFile file = await SqliteFile.NewAsync();
        await file.SqlAsync($"PRAGMA journal_mode = {journal}");
        using CourierSite site = new();
        site.WriteAuthdaemonrc("authsqlite", 1);
        site.Write("authsqliterc", "##NAME: MARKER:0\n" + file.Settings + "\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        using CancellationTokenSource enough = new();
        Task<int>[] load = [.. Enumerable.Range(0, 16).Select(_ => Task.Run(() => AskUntilAsync(daemon, enough.Token)))];
        using SqliteClient writer = SqliteClient.Open(file.Path, busyTimeout: 20_000);

        for (int i = 0; i < 200; i++)
        {
            _ = writer.Rows($"UPDATE passwd SET home = '/home/{i}' WHERE id = 'alice@example.com'", []).Count();
            string reply = (await RawClient.AskAsync(daemon.SocketPath, Requests.Lookup("alice"))).Text;
            Assert.Contains($"HOME=/home/{i}\n", reply, StringComparison.Ordinal);
        }

        await enough.CancelAsync();
        Assert.All(await Task.WhenAll(load), answered => Assert.True(answered > 0));
        Assert.DoesNotContain(daemon.LogLines, static line => line.StartsWith("ERR", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_request_that_arrives_between_others_sees_what_was_changed_before_it()
    {
        using SqliteFile file = await SqliteFile.NewAsync();
        await file.SqlAsync("PRAGMA journal_mode = WAL");
        await using SqliteHost host = new(file.Settings);
        Assert.Equal("/home/alice", (await host.LookupAsync("alice")).Account?.Home);
        using SqliteClient writer = SqliteClient.Open(file.Path, busyTimeout: 0);
        using Socket client = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        TaskCompletionSource<(string? Before, string? Together, string? After)> homes = new(TaskCreationOptions.RunContinuationsAsynchronously);

        EventLoop.OfProcess.Invoke(() =>
        {
            try
            {
                _ = host.LookUp("alice");
                string? before = host.LookUp("alice").Account?.Home;
                _ = writer.Rows("UPDATE passwd SET home = '/new' WHERE id = 'alice@example.com'", []).Count();
                string? together = host.LookUp("alice").Account?.Home;
                _ = new ClientSocket((int)client.Handle, EventLoop.OfProcess).TryReceive(new byte[1]);
                homes.SetResult((before, together, host.LookUp("alice").Account?.Home));
            }
            catch (InvalidOperationException waits)
            {
                homes.SetException(waits);
            }
        });

        Assert.Equal(("/home/alice", "/home/alice", "/new"), await homes.Task);
    }

    private static async Task<int> AskUntilAsync(OurDaemon daemon, CancellationToken enough)
    {
        int answered = 0;
        while (!enough.IsCancellationRequested)
        {
            string reply = (await RawClient.AskAsync(daemon.SocketPath, Requests.Lookup("bob"))).Text;
            Assert.Contains("ADDRESS=bob@example.com\n", reply, StringComparison.Ordinal);
            answered++;
        }

        return answered;
    }
}
