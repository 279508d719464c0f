// Many, slow and silent clients. Limits are set so wide or so narrow that no test depends on its own speed.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Daemon;

public class ClientLimitsTests
{
    private const string Patient = "[limits]\nidle-seconds = 600\nrequest-seconds = 600\n";

    [Theory]
    [InlineData("")]
    [InlineData("PRE . imap john")]
    [InlineData("AUTH 100\nimap\nlogin\n")]
    public async Task Five_hundred_unfinished_clients_delay_nobody(string sent)
    {
        using CourierSite site = await DaemonSite.NewAsync(2, Patient);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        OpenClient[] silent = await OpenClient.ConnectAsync(daemon.SocketPath, 500, sent);

        for (int i = 0; i < 100; i++)
        {
            Assert.True(await DaemonSite.AnswersAsync(daemon));
        }

        Assert.All(silent, client => Assert.True(client.IsWaiting));
        Array.ForEach(silent, client => client.Dispose());
    }

    [Theory]
    [InlineData("AUTH 8192\n", "AUTH's count of bytes is not from 0 to 8191")]
    [InlineData("AUTH 26\nimap\nlogin\njohn\nGeheim\n", "the client ended before AUTH's data was as long as AUTH had said")]
    [InlineData("PASSWD imap\tjohn\told\tGeheim", "the client ended in the middle of a line; each line ends with a line feed")]
    [InlineData("Geheim\n", "it begins with none of PRE, AUTH, PASSWD and ENUMERATE")]
    public async Task A_request_of_a_wrong_form_leaves_a_line_without_what_was_sent(string sent, string problem)
    {
        using CourierSite site = await DaemonSite.NewAsync(1);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await RawClient.AskAsync(daemon.SocketPath, new RawRequest("", HalfClose: true));

        await RawClient.AskAsync(daemon.SocketPath, new RawRequest(sent, HalfClose: true));
        await RawClient.AskAsync(daemon.SocketPath, new RawRequest(sent, HalfClose: true));

        await daemon.LogHasAsync($"WARN: a request is refused for its form: {problem} (client pid {Environment.ProcessId}, uid ");
        Assert.True(await DaemonSite.AnswersAsync(daemon));
        Assert.Single(daemon.LogLines, line => line.Contains("refused for its form", StringComparison.Ordinal));
        Assert.DoesNotContain(daemon.LogLines, line => line.Contains("Geheim", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_over_the_limit_waits_for_a_place()
    {
        using CourierSite site = await DaemonSite.NewAsync(1, Patient + "connections = 5\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        OpenClient[] silent = await OpenClient.ConnectAsync(daemon.SocketPath, 5);
        await daemon.LogHasAsync("WARN: 5 clients are connected to this worker");
        using OpenClient sixth = await OpenClient.ConnectAsync(daemon.SocketPath, DaemonSite.Lookup);

        Assert.True(sixth.IsWaiting);
        silent[0].Dispose();

        Assert.StartsWith("UID=2001\n", (await sixth.ReadToEndAsync()).Text, StringComparison.Ordinal);
        Assert.All(silent[1..], client => Assert.True(client.IsWaiting));
        Array.ForEach(silent, client => client.Dispose());
    }

    [Fact]
    public async Task A_client_that_never_pauses_for_long_still_comes_to_its_end()
    {
        using CourierSite site = await DaemonSite.NewAsync(1, "[limits]\nidle-seconds = 600\nrequest-seconds = 2\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);

        RawReply reply = await RawClient.AskAsync(
            daemon.SocketPath,
            new RawRequest("PRE . imap ".PadRight(2000, 'x') + "\n", PieceSize: 1, Pause: TimeSpan.FromMilliseconds(100),
                Limit: TimeSpan.FromSeconds(60)));

        Assert.Equal(new RawReply("", Ending.Closed), reply);
    }

    [Fact]
    public async Task A_silent_client_is_closed_after_the_idle_time()
    {
        using CourierSite site = await DaemonSite.NewAsync(1, "[limits]\nidle-seconds = 1\nrequest-seconds = 600\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        using OpenClient client = await OpenClient.ConnectAsync(daemon.SocketPath, "PRE");

        Assert.Equal(new RawReply("", Ending.Closed), await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_request_of_more_bytes_than_allowed_is_closed()
    {
        using CourierSite site = await DaemonSite.NewAsync(1, Patient + "request-bytes = 20000\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        string preludes = string.Concat(Enumerable.Repeat("NAME=VALUE\n", 4000));

        Assert.Equal(
            new RawReply("", Ending.Closed), await RawClient.AskAsync(daemon.SocketPath, preludes + DaemonSite.Lookup));
        Assert.True(await DaemonSite.AnswersAsync(daemon));
    }

    [Fact]
    public async Task Slow_hashes_of_many_logins_do_not_hold_up_lookups()
    {
        using CourierSite site = await DaemonSite.NewAsync(1);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        string login = Requests.Login(DaemonSite.SlowUser, "wrong");
        Task<RawReply>[] logins = [.. Enumerable.Range(0, 20).Select(_ => RawClient.AskAsync(
            daemon.SocketPath, new RawRequest(login, Limit: TimeSpan.FromSeconds(60))))];

        // Twenty bcrypt checks of cost 12 take seconds; lookups that waited for them would find them finished.
        Assert.True(await DaemonSite.AnswersAsync(daemon));
        Assert.Contains(logins, l => !l.IsCompleted);

        Assert.All(await Task.WhenAll(logins), reply => Assert.Equal("FAIL\n", reply.Text));
    }

    [Fact]
    public async Task A_list_is_streamed_in_bounded_memory_to_a_reader_that_stops_and_goes()
    {
        const int Accounts = 60_000;
        const int Line = 1400;
        using CourierSite site = await DaemonSite.NewAsync(1);
        string home = new('h', Line);
        await site.WriteUserdbAsync(
            string.Concat(Enumerable.Range(1, Accounts).Select(i => $"u{i}\tuid={i}|gid={i}|home=/{home}\n")));
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await WorkersTests.HasWorkersAsync(daemon, 1);
        Assert.Equal("FAIL\n", (await RawClient.AskAsync(daemon.SocketPath, DaemonSite.Lookup)).Text);
        long before = ProcessTree.ResidentKib(daemon.Workers[0]);
        using OpenClient reader = await OpenClient.ConnectAsync(daemon.SocketPath, Requests.Enumerate);

        long read = 0;
        long most = before;
        for (int count = 1; count > 0; read += count)
        {
            count = await reader.ReceiveAsync(1_000_000);
            if (read % 8 == 0)
            {
                most = Math.Max(most, ProcessTree.ResidentKib(daemon.Workers[0]));
            }
        }

        Assert.True(read > Accounts * Line, $"{read} bytes");
        // A worker that kept the list would grow by all of it; streaming
        // takes only the garbage collector's working set, some 16 MiB.
        Assert.InRange(most - before, long.MinValue, read / 1024 / 2);
    }
}
