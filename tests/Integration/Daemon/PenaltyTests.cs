// Delayed replies to failed logins. Delays are so long that a reply is still held when the test looks, or only their lower bound
// is tested: no test depends on its own speed.
using System.Diagnostics;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Daemon;

public class PenaltyTests
{
    private const string From = "TCPREMOTEIP=192.0.2.7\n";
    private const string Elsewhere = "TCPREMOTEIP=2001:db8::7\n";
    private const string SecondWaits = "[penalty]\ndelays = 0 20\n";

    private static readonly string Right = Requests.Login(DaemonSite.User, DaemonSite.Password);

    private int _guesses;

    [Fact]
    public async Task Each_failure_waits_longer_and_the_log_says_so_once()
    {
        using CourierSite site = await DaemonSite.NewAsync(1, "[penalty]\ndelays = 0 0.3 0.6\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        double[] seconds = new double[4];
        for (int i = 0; i < seconds.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Assert.Equal("FAIL\n", (await RawClient.AskAsync(daemon.SocketPath, From + Guess())).Text);
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        Assert.True(seconds[1] >= 0.29 && seconds[2] >= 0.59 && seconds[3] >= 0.59, string.Join(' ', seconds));
        Assert.Equal(4, Failures(daemon));
        Assert.All(
            daemon.LogLines.Where(line => line.Contains("LOGIN FAILED", StringComparison.Ordinal)),
            line => Assert.Equal(
                $"INFO: LOGIN FAILED, user={DaemonSite.User}, ip=[192.0.2.7], service=imap, module=authuserdb, "
                    + "reason=wrong password",
                line));
        Assert.Single(daemon.LogLines, line => line.StartsWith("WARN: 3 logins from 192.0.2.7 have failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_right_password_never_waits_and_the_one_from_there_takes_the_name_s_failures_back()
    {
        using CourierSite site = await DaemonSite.NewAsync(1, SecondWaits);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await RawClient.AskAsync(daemon.SocketPath, From + Guess());
        using OpenClient held = await HeldAsync(daemon, From + Guess(), failures: 2);

        Assert.StartsWith("UID=2001\n", await AskAsync(daemon, Elsewhere + Right), StringComparison.Ordinal);
        Assert.True(held.IsWaiting);
        using OpenClient other = await HeldAsync(daemon, Elsewhere + Guess(), failures: 3);

        Assert.StartsWith("UID=2001\n", await AskAsync(daemon, From + Right), StringComparison.Ordinal);
        Assert.StartsWith("UID=2001\n", await AskAsync(daemon, Elsewhere + Right), StringComparison.Ordinal);
        Assert.True(held.IsWaiting && other.IsWaiting);
        Assert.Equal("FAIL\n", await AskAsync(daemon, From + Guess()));
    }

    [Fact]
    public async Task The_same_wrong_password_again_and_networks_that_are_spared_do_not_wait()
    {
        using CourierSite site = await DaemonSite.NewAsync(1, SecondWaits);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal("FAIL\n", await AskAsync(daemon, From + Requests.Login(DaemonSite.User, "old")));
            Assert.Equal("FAIL\n", await AskAsync(daemon, "TCPREMOTEIP=::ffff:127.0.0.1\n" + Guess()));
        }

        using OpenClient held = await HeldAsync(daemon, From + Guess(), failures: 41);
    }

    [Fact]
    public async Task All_workers_count_together()
    {
        using CourierSite site = await DaemonSite.NewAsync(2, "[workers]\nlistening = 1\n" + SecondWaits);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await WorkersTests.HasWorkersAsync(daemon, 2);
        int[] workers = [.. daemon.Workers];

        await ProcessRunner.SignalAsync(workers[0], "STOP");
        Assert.Equal("FAIL\n", await AskAsync(daemon, From + Guess()));
        await ProcessRunner.SignalAsync(workers[0], "CONT");
        await ProcessRunner.SignalAsync(workers[1], "STOP");
        using OpenClient held = await HeldAsync(daemon, From + Guess(), failures: 2);
        await ProcessRunner.SignalAsync(workers[1], "CONT");
    }

    [Fact]
    public async Task A_reload_and_a_killed_worker_forget_nothing()
    {
        using CourierSite site = await DaemonSite.NewAsync(1, SecondWaits);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await WorkersTests.HasWorkersAsync(daemon, 1);
        await RawClient.AskAsync(daemon.SocketPath, From + Guess());
        int first = daemon.Workers.Single();

        await ProcessRunner.SignalAsync(daemon.Pid, "HUP");
        await Eventually.IsTrueAsync(() => daemon.Workers is [var worker] && worker != first, "the new worker");
        using OpenClient held = await HeldAsync(daemon, From + Guess(), failures: 2);

        await ProcessRunner.SignalAsync(daemon.Workers.Single(), "KILL");
        await held.ReadToEndAsync();
        using OpenClient again = await HeldAsync(daemon, From + Guess(), failures: 3);
    }

    [Fact]
    public async Task A_reply_that_waits_at_a_reload_still_comes_and_at_a_stop_comes_at_once()
    {
        using CourierSite site = await DaemonSite.NewAsync(1, "[penalty]\ndelays = 0 3 20\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await WorkersTests.HasWorkersAsync(daemon, 1);
        int first = daemon.Workers.Single();
        await RawClient.AskAsync(daemon.SocketPath, From + Guess());
        using OpenClient short_ = await OpenClient.ConnectAsync(daemon.SocketPath, From + Guess());
        await HasFailedAsync(daemon, 2);
        await ProcessRunner.SignalAsync(daemon.Pid, "HUP");
        Assert.Equal(new RawReply("FAIL\n", Ending.Closed), await short_.ReadToEndAsync());
        await Eventually.IsTrueAsync(() => daemon.Workers is [var worker] && worker != first, "the end of the old worker");

        using OpenClient held = await HeldAsync(daemon, From + Guess(), failures: 3);
        await ProcessRunner.SignalAsync(daemon.Pid, "TERM");
        Assert.Equal(new RawReply("FAIL\n", Ending.Closed), await held.ReadToEndAsync());
        Assert.Equal(0, await daemon.WaitForExitAsync());
        Assert.DoesNotContain(daemon.LogLines, line => line.Contains("are killed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Replies_that_wait_are_no_connections_and_have_a_limit_of_their_own()
    {
        using CourierSite site = await DaemonSite.NewAsync(1, $"[limits]\nconnections = 3\n{SecondWaits}waiting = 10\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await RawClient.AskAsync(daemon.SocketPath, From + Guess());
        OpenClient[] held = new OpenClient[10];
        for (int i = 0; i < held.Length; i++)
        {
            held[i] = await HeldAsync(daemon, From + Guess(), failures: 2 + i);
        }

        Assert.True(await DaemonSite.AnswersAsync(daemon));
        Assert.Equal("FAIL\n", await AskAsync(daemon, From + Guess()));
        Assert.Equal("FAIL\n", await AskAsync(daemon, From + Guess()));
        Assert.All(held, client => Assert.True(client.IsWaiting));
        Assert.Single(
            daemon.LogLines,
            line => line.StartsWith("WARN: 10 replies to failed logins wait in this worker", StringComparison.Ordinal));
        Array.ForEach(held, client => client.Dispose());
    }

    [Fact]
    public async Task A_password_change_with_a_wrong_password_counts_for_its_name()
    {
        using CourierSite site = await DaemonSite.NewAsync(1, SecondWaits);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        Assert.Equal("FAIL\n", await AskAsync(daemon, Requests.ChangePassword(DaemonSite.User, "wrong", "new")));
        using OpenClient held = await OpenClient.ConnectAsync(
            daemon.SocketPath, Requests.ChangePassword(DaemonSite.User, "wronger", "new"));
        using OpenClient login = await HeldAsync(daemon, Elsewhere + Guess(), failures: 3);
        Assert.True(held.IsWaiting);
        Assert.StartsWith("UID=2001\n", await AskAsync(daemon, Right), StringComparison.Ordinal);
    }

    private string Guess() => Requests.Login(DaemonSite.User, $"guess{_guesses++}");

    private static async Task<string> AskAsync(OurDaemon daemon, string request) =>
        (await RawClient.AskAsync(daemon.SocketPath, request)).Text;

    /// <summary>A client whose login has failed and whose reply does not come.</summary>
    private static async Task<OpenClient> HeldAsync(OurDaemon daemon, string request, int failures)
    {
        OpenClient client = await OpenClient.ConnectAsync(daemon.SocketPath, request);
        await HasFailedAsync(daemon, failures);

        // The line is written just before a reply without a delay would be.
        await Task.Delay(TimeSpan.FromMilliseconds(200));
        Assert.True(client.IsWaiting);
        return client;
    }

    private static Task HasFailedAsync(OurDaemon daemon, int failures) =>
        Eventually.IsTrueAsync(() => Failures(daemon) == failures, $"{failures} failed logins in the log");

    private static int Failures(OurDaemon daemon) =>
        daemon.LogLines.Count(line => line.Contains("LOGIN FAILED, ", StringComparison.Ordinal));
}
