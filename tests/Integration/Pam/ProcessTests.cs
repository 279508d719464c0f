// The life of PAM processes.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Pam;

public class ProcessTests
{
    [Fact]
    public async Task A_process_is_used_again_replaced_when_worn_out_and_ended_when_idle()
    {
        await using PamHost host = await PamHost.StartAsync("[pam]\nconversations = 3\nidle-timeout = 2\n");
        Assert.Empty(host.PamProcesses);
        List<int> pids = [];
        for (int i = 0; i < 2; i++)
        {
            Assert.True(PamHost.Succeeded(await host.LogInAsync()));
            pids.Add(Assert.Single(host.PamProcesses));
        }

        Assert.Equal(pids[0], pids[1]);
        Assert.True(PamHost.Succeeded(await host.LogInAsync()));
        await Eventually.IsTrueAsync(() => host.PamProcesses.Count == 0, "the end of the worn-out process");
        Assert.True(PamHost.Succeeded(await host.LogInAsync()));
        Assert.NotEqual(pids[0], Assert.Single(host.PamProcesses));
        await Eventually.IsTrueAsync(() => host.PamProcesses.Count == 0, "the end of the idle process");
    }

    [Fact]
    public async Task Logins_at_the_same_time_get_their_own_answers()
    {
        const int Users = 40;
        await using PamHost host = await PamHost.StartAsync("[pam]\nprocesses = 3\nconversations = 5\nwait-timeout = 20\n");
        for (int i = 0; i < Users; i++)
        {
            host.Accounts.Add($"user{i}", 6000 + i);
        }

        string[] replies = await Task.WhenAll(Enumerable.Range(0, Users).Select(i =>
            host.AskAsync(Requests.Login($"user{i}", i % 3 == 0 ? "wrong" : PrivateEtc.Password))));

        Assert.All(Enumerable.Range(0, Users), i => Assert.StartsWith(
            i % 3 == 0 ? "FAIL\n" : $"USERNAME=user{i}\nGID={6000 + i}\n", replies[i], StringComparison.Ordinal));
        await Eventually.IsTrueAsync(() => host.PamProcesses.Count <= 3, "no more processes than allowed");
    }

    [Fact]
    public async Task An_idle_process_that_was_killed_is_not_missed()
    {
        await using PamHost host = await PamHost.StartAsync();
        Assert.True(PamHost.Succeeded(await host.LogInAsync()));
        int pid = Assert.Single(host.PamProcesses);
        await ProcessRunner.SignalAsync(pid, "KILL");
        // Its first thread may have ended while others still hold its sockets.
        await Eventually.IsTrueAsync(() => !ProcessTree.IsAlive(pid) && ProcessTree.Threads(pid) <= 1, "its death");
        Assert.True(PamHost.Succeeded(await host.LogInAsync()));
    }

    [Fact]
    public async Task Programs_that_a_module_has_started_end_with_the_process()
    {
        await using PamHost host = await PamHost.StartAsync("[pam]\nidle-timeout = 1\n");
        Assert.True(PamHost.Succeeded(await host.LogInAsync(host.Service("fork"))));
        int program = Assert.Single(ProcessTree.Children(Assert.Single(host.PamProcesses)));
        await Eventually.IsTrueAsync(() => host.PamProcesses.Count == 0, "the end of the idle process");
        await Eventually.IsTrueAsync(() => !ProcessTree.IsAlive(program), "the end of what the module had started");
    }

    [Fact]
    public async Task A_process_that_hangs_does_not_outlive_its_worker()
    {
        await using PamHost host = await PamHost.StartAsync();
        Task<string> hanging = host.LogInAsync(host.Service("hang"));
        await Eventually.IsTrueAsync(() => host.PamProcesses.Count == 1, "the process");
        int pid = host.PamProcesses[0];
        await ProcessRunner.SignalAsync(host.Daemon.Workers.Single(), "KILL");
        await Eventually.IsTrueAsync(() => !ProcessTree.IsAlive(pid), "the end of the process");
        Assert.Equal("", await hanging);
    }

    [Fact]
    public async Task A_reload_and_a_stop_leave_no_process_behind()
    {
        await using PamHost host = await PamHost.StartAsync();
        Assert.True(PamHost.Succeeded(await host.LogInAsync()));
        int first = Assert.Single(host.PamProcesses);
        int worker = host.Daemon.Workers.Single();
        await ProcessRunner.SignalAsync(host.Daemon.Pid, "HUP");
        await Eventually.IsTrueAsync(() => !host.Daemon.Workers.Contains(worker), "the new worker");
        await Eventually.IsTrueAsync(() => !ProcessTree.IsAlive(first), "the end of the old worker's process");

        Assert.True(PamHost.Succeeded(await host.LogInAsync()));
        int second = Assert.Single(host.PamProcesses);
        await ProcessRunner.SignalAsync(host.Daemon.Pid, "TERM");
        Assert.Equal(0, await host.Daemon.WaitForExitAsync());
        await Eventually.IsTrueAsync(() => !ProcessTree.IsAlive(second), "the end of the last process");
    }
}
