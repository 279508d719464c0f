// Faults without an attacker: killed and stopped workers, a removed state directory, limits that are too low.
using System.Globalization;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Daemon;

public class FaultTests
{
    private const string OrdinaryUser = "54321";

    [Fact]
    public async Task Workers_that_are_all_killed_again_and_again_are_there_again_each_time()
    {
        using CourierSite site = await DaemonSite.NewAsync(5);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        for (int round = 0; round < 5; round++)
        {
            await WorkersTests.HasWorkersAsync(daemon, 5);
            IReadOnlyList<int> victims = daemon.Workers;
            await Task.WhenAll(victims.Select(victim => ProcessRunner.SignalAsync(victim, "KILL")));
            await Eventually.IsTrueAsync(
                () => daemon.Workers.Count == 5 && !daemon.Workers.Any(victims.Contains), "five new workers");
            Assert.True(await DaemonSite.AnswersAsync(daemon));
        }

        Assert.DoesNotContain(daemon.LogLines, line => line.StartsWith("CRIT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_worker_that_is_stopped_is_replaced_and_others_serve_until_then()
    {
        using CourierSite site = await DaemonSite.NewAsync(3, "[workers]\nlistening = 1\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await WorkersTests.HasWorkersAsync(daemon, 3);
        // A reload is over when all new workers are ready; a worker stopped before would be a failure of the start.
        IReadOnlyList<int> first = daemon.Workers;
        await ProcessRunner.SignalAsync(daemon.Pid, "HUP");
        await Eventually.IsTrueAsync(() => daemon.Workers.Count == 3 && !daemon.Workers.Any(first.Contains), "new workers");
        int stopped = daemon.Workers[0]; // The first one accepts.

        await ProcessRunner.SignalAsync(stopped, "STOP");
        while (daemon.Workers.Contains(stopped))
        {
            Assert.True(await DaemonSite.AnswersAsync(daemon));
            await Task.Delay(20);
        }

        await daemon.LogHasAsync($"ERR: a worker (pid {stopped}) has not answered the supervisor for 4 s");
        await WorkersTests.HasWorkersAsync(daemon, 3);
        Assert.True(await DaemonSite.AnswersAsync(daemon));
    }

    [Theory]
    [InlineData("rm -rf \"$1\"", " was removed while the daemon was running")]
    [InlineData("mv \"$1\" \"$1.old\"", " was removed while the daemon was running")]
    [InlineData("rm \"$1\"/socket", "/socket was removed while the daemon was running")]
    [InlineData("rm \"$1\"/pid", " was removed while the daemon was running")]
    [InlineData("rm \"$1\"/pid.lock", " was removed while the daemon was running")]
    [InlineData("rm -rf \"$1\"/*", " was removed while the daemon was running")]
    public async Task A_state_directory_that_is_removed_is_made_again(string remove, string said)
    {
        using CourierSite site = await DaemonSite.NewAsync();
        string state = await site.NewStateAsync();
        site.WriteAuthdaemonrc("authuserdb", 2, $"authdaemonvar={state}");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site, state);
        await WorkersTests.HasWorkersAsync(daemon, 2);
        IReadOnlyList<int> workers = daemon.Workers;

        await ProcessRunner.RunOrThrowAsync(["sh", "-c", remove, "sh", state]);
        await Eventually.IsTrueAsync(
            () => daemon.Workers.Count == 2 && !daemon.Workers.Any(workers.Contains), "workers on the new socket");
        await Eventually.IsTrueAsync(() => DaemonSite.AnswersAsync(daemon), "an answer");

        await daemon.LogHasAsync(said);
        Assert.Equal("courier courier 750", (await ProcessRunner.RunOrThrowAsync(["stat", "-c", "%U %G %a", state])).Trim());
        Assert.Equal(
            ["pid", "pid.lock", "socket"],
            Directory.GetFileSystemEntries(state).Select(Path.GetFileName).Where(static name => !name!.StartsWith("control", StringComparison.Ordinal)).Order());
        ProgramResult second = await ProcessRunner.RunAsync(site.Inside(await site.NewStateAsync(), [OurDaemon.Binary]));
        Assert.Equal(1, second.ExitCode);
        Assert.Contains($"already running, pid {daemon.Pid}, in {state}", second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_daemons_in_one_directory_only_one_stays()
    {
        using CourierSite site = await DaemonSite.NewAsync(1);
        string state = await site.NewStateAsync();
        site.WriteAuthdaemonrc("authuserdb", 1, $"authdaemonvar={state}");
        await using OurDaemon first = await OurDaemon.StartAsync(site, state);
        await WorkersTests.HasWorkersAsync(first, 1);

        // While the first one is stopped, its directory is replaced and a second one started.
        await ProcessRunner.SignalAsync(first.Pid, "STOP");
        await ProcessRunner.RunOrThrowAsync(["sh", "-c", "mv \"$1\" \"$1.old\" && install -d -m 750 \"$1\"", "sh", state]);
        await using OurDaemon second = await OurDaemon.StartAsync(site, state);
        await ProcessRunner.SignalAsync(first.Pid, "CONT");

        Assert.Equal(0, await first.WaitForExitAsync());
        await first.LogHasAsync("CRIT: another daemon has started in the state directory");
        Assert.True(await DaemonSite.AnswersAsync(second));
    }

    [Fact]
    public async Task With_few_descriptors_it_serves_and_names_the_limit_when_they_run_out()
    {
        using CourierSite site = await DaemonSite.NewAsync(2, "[limits]\nidle-seconds = 600\nrequest-seconds = 600\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site, null, "prlimit", "--nofile=64");
        Assert.True(await DaemonSite.AnswersAsync(daemon));

        OpenClient[] clients = await OpenClient.ConnectAsync(daemon.SocketPath, 150, "PRE");
        await daemon.LogHasAsync("the limit of open files is 64: raise LimitNOFILE=");
        Array.ForEach(clients, client => client.Dispose());

        Assert.True(await DaemonSite.AnswersAsync(daemon));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(12)]
    [InlineData(25)]
    public async Task With_few_processes_it_serves_or_says_why_not_and_never_aborts(int processes)
    {
        using CourierSite site = await DaemonSite.NewAsync(5);
        string state = await site.NewStateAsync();
        await ProcessRunner.RunOrThrowAsync(["chown", "-R", $"{OrdinaryUser}:{OrdinaryUser}", state, site.Config]);
        string limit = processes.ToString(CultureInfo.InvariantCulture);

        // Each starts, whether or not it serves, and stops when asked to.
        ProgramResult result = await ProcessRunner.RunAsync(site.Inside(
            state,
            ["setpriv", $"--reuid={OrdinaryUser}", $"--regid={OrdinaryUser}", "--clear-groups",
                "prlimit", $"--nproc={limit}", "timeout", "--preserve-status", "3", OurDaemon.Binary]));

        Assert.True(result.ExitCode is 0 or 1, $"exit code {result.ExitCode}: {result.Error}");
        Assert.False(result.Error.Contains("Unhandled exception", StringComparison.Ordinal), result.Error);
        Assert.Contains($"the limit of processes and threads of this user is {limit}: raise LimitNPROC=", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signals_wait_for_the_daemon_from_its_first_moment()
    {
        using CourierSite site = await DaemonSite.NewAsync();
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);

        foreach (string thread in Directory.GetDirectories($"/proc/{daemon.Pid}/task"))
        {
            if (Blocked(thread) is not { } blocked)
            {
                continue;
            }

            ulong mask = ulong.Parse(blocked["SigBlk:".Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            Assert.Equal(0x4003UL, mask & 0x4003UL); // SIGHUP, SIGINT, SIGTERM
        }

        Assert.NotNull(Blocked($"/proc/{daemon.Pid}/task/{daemon.Pid}"));

        // The blocked signals; null: the thread has ended meanwhile.
        static string? Blocked(string thread)
        {
            try
            {
                return File.ReadLines(Path.Combine(thread, "status")).First(line => line.StartsWith("SigBlk:", StringComparison.Ordinal));
            }
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                return null;
            }
        }
    }

    [Fact]
    public async Task Settings_of_any_size_are_taken_or_refused_with_a_message()
    {
        using CourierSite site = await DaemonSite.NewAsync(1, ";".PadRight((1 << 20) - 100, ';')); // and the site's additions
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        Assert.True(await DaemonSite.AnswersAsync(daemon));

        await RefusesAsync("authdaemond.ini", ";".PadRight((1 << 20) + 1, ';'), "has more than 1048576 bytes");
        site.Write("authdaemond.ini", "");
        await RefusesAsync("authdaemonrc", $"authmodulelist=authuserdb\nX={"".PadRight(200_000, 'x')}\n", "X has 200000 bytes");

        async Task RefusesAsync(string file, string text, string problem)
        {
            site.Write(file, text);
            await ProcessRunner.SignalAsync(daemon.Pid, "HUP");
            await daemon.LogHasAsync(problem);
            Assert.True(await DaemonSite.AnswersAsync(daemon));
        }
    }

    [Fact]
    public async Task A_settings_file_that_never_ends_is_refused()
    {
        using CourierSite site = await DaemonSite.NewAsync();
        string ini = Path.Combine(site.Config, "authdaemond.ini");
        File.Delete(ini);
        await ProcessRunner.RunOrThrowAsync(["mkfifo", ini]);

        ProgramResult result = await OurDaemon.RunAsync(site, await site.NewStateAsync(), "check");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("authdaemond.ini: is no regular file", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_over_its_time_is_closed_once()
    {
        using CourierSite site = await DaemonSite.NewAsync(1, "[limits]\nrequest-seconds = 1\n");
        await site.WriteUserdbAsync("slow\tuid=2002|gid=2002|home=/home/slow|"
            + "systempw=$2b$15$abcdefghijklmnopqrstuutwZ1IOTtu3SsEBT5lI/LFncP31tIybm\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);

        RawReply reply = await RawClient.AskAsync(daemon.SocketPath, Requests.Login("slow", DaemonSite.Password));
        await ProcessRunner.SignalAsync(daemon.Pid, "TERM"); // It waits for the hash, which cannot be interrupted.
        await daemon.WaitForExitAsync();

        Assert.Equal("", reply.Text);
        Assert.Single(daemon.LogLines, line => line.Contains("over the limit request-seconds", StringComparison.Ordinal));
    }
}
