// The supervisor and its workers as processes and files.
using System.Globalization;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Daemon;

public class WorkersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task There_are_as_many_workers_as_daemons_says(int daemons)
    {
        using CourierSite site = await DaemonSite.NewAsync(daemons);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);

        await HasWorkersAsync(daemon, daemons);
        Assert.True(await DaemonSite.AnswersAsync(daemon));
        Assert.Equal(daemons, daemon.Workers.Count);
    }

    /// <summary>Control panels look for a process of this name.</summary>
    [Fact]
    public async Task The_daemon_and_its_workers_are_called_authdaemond()
    {
        using CourierSite site = await DaemonSite.NewAsync(1);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await HasWorkersAsync(daemon, 1);
        await Eventually.IsTrueAsync(
            () => new[] { daemon.Pid, daemon.Workers[0] }.All(
                static pid => File.ReadAllText($"/proc/{pid}/comm") == "authdaemond\n"),
            "two processes called authdaemond");
    }

    [Fact]
    public async Task The_state_directory_is_as_the_C_daemon_leaves_it()
    {
        using CourierSite site = await DaemonSite.NewAsync();
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);

        Assert.Equal("777", Mode(daemon.SocketPath));
        Assert.Equal("750", Mode(daemon.State));
        Assert.Equal("644", Mode(Path.Combine(daemon.State, "pid")));
        Assert.Equal("600", Mode(Path.Combine(daemon.State, "pid.lock")));
        Assert.Equal($"{daemon.Pid}\n", await File.ReadAllTextAsync(Path.Combine(daemon.State, "pid")));
        Assert.Equal(
            ["pid", "pid.lock", "socket"],
            Directory.GetFileSystemEntries(daemon.State).Select(Path.GetFileName).Where(static name => !name!.StartsWith("control", StringComparison.Ordinal)).Order());
    }

    /// <summary>A list, or a rush, takes memory that an idle worker has no use for.</summary>
    [Fact]
    public async Task An_idle_worker_gives_back_the_memory_of_a_long_list()
    {
        const int AtMost = 4096; // KiB
        using CourierSite site = await DaemonSite.NewAsync(1);
        await site.WriteUserdbAsync(string.Concat(Enumerable.Range(0, 60_000).Select(
            static i => $"user{i}@example.com\tuid=1000|gid=1000|home=/home/user{i}|mail=/home/user{i}/Maildir\n")));
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await HasWorkersAsync(daemon, 1);
        long before = ProcessTree.AnonymousKib(daemon.Workers[0]);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RawClient.AskAsync(daemon.SocketPath, Requests.Enumerate)));

        await Eventually.IsTrueAsync(
            () => ProcessTree.AnonymousKib(daemon.Workers[0]) < before + AtMost, "the memory's return");
    }

    [Fact]
    public async Task A_killed_worker_is_replaced_and_takes_only_its_own_clients_with_it()
    {
        const int Clients = 40;
        using CourierSite site = await DaemonSite.NewAsync(2, "[limits]\nidle-seconds = 600\nrequest-seconds = 600\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await HasWorkersAsync(daemon, 2);
        int victim = daemon.Workers[0];
        int other = daemon.Workers[1];
        (int victimBefore, int otherBefore) = (ProcessTree.OpenSockets(victim), ProcessTree.OpenSockets(other));
        OpenClient[] clients = await OpenClient.ConnectAsync(daemon.SocketPath, Clients, DaemonSite.Lookup[..10]);
        await Eventually.IsTrueAsync(
            () => ProcessTree.OpenSockets(victim) + ProcessTree.OpenSockets(other) == victimBefore + otherBefore + Clients,
            "all clients accepted");
        int lost = ProcessTree.OpenSockets(victim) - victimBefore;

        await ProcessRunner.SignalAsync(victim, "KILL");
        await Eventually.IsTrueAsync(() => daemon.Workers.Count == 2 && !daemon.Workers.Contains(victim), "the replacement");
        foreach (OpenClient client in clients.Where(c => c.IsWaiting))
        {
            await client.SendAsync(DaemonSite.Lookup[10..]);
        }

        RawReply[] replies = await Task.WhenAll(clients.Select(c => c.ReadToEndAsync()));
        Assert.Contains(other, daemon.Workers);
        Assert.Equal(lost, replies.Count(r => r.Text.Length == 0));
        Assert.Equal(Clients - lost, replies.Count(r => r.Text.StartsWith("UID=2001\n", StringComparison.Ordinal)));
        await daemon.LogHasAsync($"ERR: a worker (pid {victim}) ended");
        Array.ForEach(clients, c => c.Dispose());
    }

    [Fact]
    public async Task Requests_after_a_workers_death_are_all_answered()
    {
        using CourierSite site = await DaemonSite.NewAsync();
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await HasWorkersAsync(daemon, 2);
        for (int i = 0; i < 3; i++)
        {
            // Not the worker of the last round, which stays in the list until the supervisor has collected it.
            int victim = daemon.Workers.First(ProcessTree.IsAlive);
            await ProcessRunner.SignalAsync(victim, "KILL");
            await Eventually.IsTrueAsync(() => !ProcessTree.IsAlive(victim), "its death");
            for (int n = 0; n < 50; n++)
            {
                Assert.True(await DaemonSite.AnswersAsync(daemon));
            }
        }

        await HasWorkersAsync(daemon, 2);
    }

    [Fact]
    public async Task A_worker_that_hangs_does_not_keep_clients_from_those_that_stand_by()
    {
        using CourierSite site = await DaemonSite.NewAsync(2, "[workers]\nlistening = 1\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await HasWorkersAsync(daemon, 2);
        foreach (int worker in daemon.Workers)
        {
            await ProcessRunner.SignalAsync(worker, "STOP");
            Assert.True(await DaemonSite.AnswersAsync(daemon));
            await ProcessRunner.SignalAsync(worker, "CONT");
        }
    }

    [Fact]
    public async Task Workers_leave_when_the_supervisor_is_killed()
    {
        using CourierSite site = await DaemonSite.NewAsync(3);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await HasWorkersAsync(daemon, 3);
        IReadOnlyList<int> workers = daemon.Workers;

        await ProcessRunner.SignalAsync(daemon.Pid, "KILL");

        await Eventually.IsTrueAsync(() => !workers.Any(ProcessTree.IsAlive), "the end of all workers");
    }

    [Fact]
    public async Task After_a_kill_the_files_left_behind_do_no_harm()
    {
        using CourierSite site = await DaemonSite.NewAsync();
        string state = await site.NewStateAsync();
        await using (OurDaemon first = await OurDaemon.StartAsync(site, state))
        {
            await HasWorkersAsync(first, 2);
            IReadOnlyList<int> workers = first.Workers;
            await ProcessRunner.SignalAsync(first.Pid, "KILL");
            await Eventually.IsTrueAsync(() => !workers.Any(ProcessTree.IsAlive), "the end of all workers");
        }

        Assert.True(File.Exists(Path.Combine(state, "socket")));
        await using OurDaemon second = await OurDaemon.StartAsync(site, state);
        Assert.True(await DaemonSite.AnswersAsync(second));
        Assert.Equal($"{second.Pid}\n", await File.ReadAllTextAsync(Path.Combine(state, "pid")));
    }

    internal static Task HasWorkersAsync(OurDaemon daemon, int count) =>
        Eventually.IsTrueAsync(() => daemon.Workers.Count == count, $"{count} workers");

    private static string Mode(string path) =>
        Convert.ToString((int)File.GetUnixFileMode(path), 8).ToString(CultureInfo.InvariantCulture);
}
