// SIGHUP: new settings, no lost request, and no harm from a wrong file.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Daemon;

public class ReloadTests
{
    [Fact]
    public async Task No_request_is_lost_under_load()
    {
        using CourierSite site = await DaemonSite.NewAsync();
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        using CancellationTokenSource enough = new();
        Task<int>[] load = [.. Enumerable.Range(0, 4).Select(_ => AskUntilAsync(daemon, enough.Token))];

        for (int i = 0; i < 5; i++)
        {
            await ReloadAsync(daemon);
        }

        await enough.CancelAsync();
        Assert.All(await Task.WhenAll(load), answered => Assert.True(answered > 0));
    }

    [Fact]
    public async Task An_old_worker_finishes_what_it_holds()
    {
        using CourierSite site = await DaemonSite.NewAsync(1, "[limits]\nidle-seconds = 600\nrequest-seconds = 600\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await WorkersTests.HasWorkersAsync(daemon, 1);
        int old = daemon.Workers[0];
        int before = ProcessTree.OpenSockets(old);
        using OpenClient client = await OpenClient.ConnectAsync(daemon.SocketPath, DaemonSite.Lookup[..10]);
        await Eventually.IsTrueAsync(() => ProcessTree.OpenSockets(old) > before, "the client accepted");

        await ProcessRunner.SignalAsync(daemon.Pid, "HUP");
        await Eventually.IsTrueAsync(() => daemon.Workers.Count == 2, "the new worker beside the old one");
        Assert.True(await DaemonSite.AnswersAsync(daemon));
        await client.SendAsync(DaemonSite.Lookup[10..]);

        Assert.StartsWith("UID=2001\n", (await client.ReadToEndAsync()).Text, StringComparison.Ordinal);
        await Eventually.IsTrueAsync(() => !daemon.Workers.Contains(old), "the end of the old worker");
    }

    [Theory]
    [InlineData("authdaemonrc", "authmodulelist=\"authuserdb\"\ndaemons=2\nno assignment\n", "authdaemonrc")]
    [InlineData("authdaemonrc", "", "the file is empty, so that no account could be found; put the file back")]
    [InlineData("authdaemonrc", "daemons=2\n", "authdaemonrc: authmodulelist is not set")]
    [InlineData("authdaemonrc", "daemons=2\nauthmodulelist=\" \"\n", "authdaemonrc:2: authmodulelist is empty")]
    [InlineData("authdaemonrc", "authmodulelist=\"authuserdb,authpam\"\n",
        "authdaemonrc:1: authmodulelist: there is no module 'authuserdb,authpam': put blanks between the names")]
    [InlineData("authdaemonrc", "authmodulelist=\"authuserdb AuthPam\"\n", "there is no module 'AuthPam': its name is authpam, in small letters")]
    [InlineData("authdaemonrc", "authmodulelist=\"authuserdb pgsql\"\n", "there is no module 'pgsql' (did you mean authpgsql?)")]
    [InlineData("authdaemonrc", "authmodulelist=\"authuserdb authpgsl\"\n", "there is no module 'authpgsl' (did you mean authpgsql?)")]
    [InlineData("authdaemond.ini", "[limits]\nconnections = many\n", "authdaemond.ini")]
    public async Task A_bad_file_is_refused_and_reported_and_service_goes_on(string file, string text, string named)
    {
        using CourierSite site = await DaemonSite.NewAsync();
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await WorkersTests.HasWorkersAsync(daemon, 2);
        IReadOnlyList<int> workers = daemon.Workers;

        site.Write(file, text);
        await ProcessRunner.SignalAsync(daemon.Pid, "HUP");
        await daemon.LogHasAsync("the old configuration stays in use");

        Assert.Contains(daemon.LogLines, line => line.StartsWith("ERR: ", StringComparison.Ordinal)
            && line.Contains(named, StringComparison.Ordinal));
        Assert.Equal(workers, daemon.Workers);
        Assert.True(await DaemonSite.AnswersAsync(daemon));

        site.WriteAuthdaemonrc("authuserdb", 1);
        File.Delete(Path.Combine(site.Config, "authdaemond.ini"));
        await ReloadAsync(daemon);
        Assert.Single(daemon.Workers);
    }

    [Fact]
    public async Task Every_setting_of_authdaemonrc_counts_after_it()
    {
        using CourierSite site = await DaemonSite.NewAsync();
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        Assert.DoesNotContain(
            "OPTIONS=", (await RawClient.AskAsync(daemon.SocketPath, DaemonSite.Lookup)).Text, StringComparison.Ordinal);
        Assert.DoesNotContain(daemon.LogLines, line => line.StartsWith("DEBUG:", StringComparison.Ordinal));

        site.WriteAuthdaemonrc("authuserdb", 3, "DEFAULTOPTIONS=disableimap=1", "DEBUG_LOGIN=1");
        await ReloadAsync(daemon);
        Assert.Equal(3, daemon.Workers.Count);
        Assert.Contains("OPTIONS=disableimap=1\n", (await RawClient.AskAsync(daemon.SocketPath, DaemonSite.Lookup)).Text,
            StringComparison.Ordinal);
        await daemon.LogHasAsync("DEBUG: received userid lookup request: " + DaemonSite.User);

        site.WriteAuthdaemonrc("authcustom");
        await ReloadAsync(daemon);
        Assert.Equal("FAIL\n", (await RawClient.AskAsync(daemon.SocketPath, DaemonSite.Lookup)).Text);
    }

    [Fact]
    public async Task The_saved_copy_of_authdaemonrc_follows_each_good_start_and_reload()
    {
        using CourierSite site = await DaemonSite.NewAsync();
        string rc = Path.Combine(site.Config, "authdaemonrc");
        site.Write("saved", "older and longer than the file that is served".PadRight(4000));
        string copy = Path.Combine(site.Config, "saved");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site, null, "env", $"AUTHDAEMON_SAVED_RC={copy}");
        await Eventually.IsTrueAsync(() => File.ReadAllText(copy) == File.ReadAllText(rc), "the copy of the first file");

        site.WriteAuthdaemonrc("authuserdb", 1, "DEFAULTOPTIONS=disableimap=1");
        await ReloadAsync(daemon);
        await Eventually.IsTrueAsync(() => File.ReadAllText(copy) == File.ReadAllText(rc), "the copy of the second file");

        string good = File.ReadAllText(rc);
        site.Write("authdaemonrc", "no assignment\n");
        await ProcessRunner.SignalAsync(daemon.Pid, "HUP");
        await daemon.LogHasAsync("the old configuration stays in use");
        Assert.Equal(good, File.ReadAllText(copy));
    }

    [Fact]
    public async Task Silent_clients_do_not_hold_it_up()
    {
        using CourierSite site = await DaemonSite.NewAsync(1, "[limits]\nidle-seconds = 600\nrequest-seconds = 600\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        OpenClient[] silent = await OpenClient.ConnectAsync(daemon.SocketPath, 20);

        await ProcessRunner.SignalAsync(daemon.Pid, "HUP");
        await daemon.LogHasAsync("restarting authdaemond children");
        for (int i = 0; i < 20; i++)
        {
            Assert.True(await DaemonSite.AnswersAsync(daemon));
        }

        Array.ForEach(silent, client => client.Dispose());
    }

    /// <summary>Reloads and waits until the new workers have taken over and the old ones have ended.</summary>
    internal static async Task ReloadAsync(OurDaemon daemon)
    {
        IReadOnlyList<int> old = daemon.Workers;
        await ProcessRunner.SignalAsync(daemon.Pid, "HUP");
        await Eventually.IsTrueAsync(
            () => daemon.Workers.Count > 0 && !daemon.Workers.Any(old.Contains), "the change of workers");
    }

    private static async Task<int> AskUntilAsync(OurDaemon daemon, CancellationToken enough)
    {
        int answered = 0;
        while (!enough.IsCancellationRequested)
        {
            Assert.True(await DaemonSite.AnswersAsync(daemon), $"after {answered} replies");
            answered++;
        }

        return answered;
    }
}
