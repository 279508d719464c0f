// The broker's life: password changes through it, reloads, its death; and workers that stay root.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Security;

public class BrokerLifeTests
{
    private const string New = "Tr0ub4dor&3-horse";

    [Fact]
    public async Task A_broker_that_is_killed_is_replaced_and_what_was_asked_meanwhile_is_answered()
    {
        PrivilegeFixture site = await StartAsync();
        for (int i = 0; i < 3; i++)
        {
            Assert.True(await site.LogsInAsync(PrivilegeFixture.Penny, "anything", "pop3"));
            int broker = Assert.Single(site.Daemon.Brokers);
            await ProcessRunner.SignalAsync(broker, "KILL");
            Assert.True(await site.LogsInAsync(PrivilegeFixture.Sally, PrivateEtc.Password));
            await Eventually.IsTrueAsync(
                () => site.Daemon.Brokers.Count == 1 && site.Daemon.Brokers[0] != broker, "another broker");
            await site.Daemon.LogHasAsync($"ERR: the broker (pid {broker}) ended: killed by signal 9; it is replaced");
        }

        await site.WriteUserdbAsync("second");
        Assert.True(await site.LogsInAsync(PrivilegeFixture.Uma, "second"));
        await site.DisposeAsync();
    }

    [Fact]
    public async Task A_broker_that_hangs_is_replaced()
    {
        PrivilegeFixture site = await StartAsync();
        int broker = Assert.Single(site.Daemon.Brokers);
        await ProcessRunner.SignalAsync(broker, "STOP");
        await site.Daemon.LogHasAsync($"ERR: the broker (pid {broker}) has not answered the supervisor");
        await Eventually.IsTrueAsync(() => site.Daemon.Brokers.Count == 1 && site.Daemon.Brokers[0] != broker, "another broker");
        Assert.True(await site.LogsInAsync(PrivilegeFixture.Sally, PrivateEtc.Password));
        await site.DisposeAsync();
    }

    [Fact]
    public async Task A_reload_brings_workers_without_rights_and_a_broker_of_their_own()
    {
        PrivilegeFixture site = await StartAsync();
        int broker = Assert.Single(site.Daemon.Brokers);
        IReadOnlyList<int> workers = site.Daemon.Workers;
        await ProcessRunner.SignalAsync(site.Daemon.Pid, "HUP");
        await Eventually.IsTrueAsync(() => !site.Daemon.Workers.Intersect(workers).Any(), "the new workers");
        await Eventually.IsTrueAsync(() => site.Daemon.Brokers.Count == 1 && site.Daemon.Brokers[0] != broker, "the new broker alone");
        Assert.All(
            site.Daemon.Workers.SelectMany(ProcessRights.OfThreads),
            thread => Assert.StartsWith(site.MailUid, thread.Uids, StringComparison.Ordinal));
        Assert.True(await site.LogsInAsync(PrivilegeFixture.Sally, PrivateEtc.Password));
        Assert.True(await site.LogsInAsync(PrivilegeFixture.Uma, "first"));

        IReadOnlyList<int> family = ProcessTree.Descendants(site.Daemon.Pid);
        await ProcessRunner.SignalAsync(site.Daemon.Pid, "TERM");
        Assert.Equal(0, await site.Daemon.WaitForExitAsync());
        await Eventually.IsTrueAsync(() => !family.Any(ProcessTree.IsAlive), "the end of all");
        await site.DisposeAsync();
    }

    /// <summary>Without CAP_KILL root cannot end a process of another user.</summary>
    [Fact]
    public async Task The_rights_that_the_packaged_unit_leaves_are_enough()
    {
        PrivilegeFixture site = await StartAsync("setpriv", "--bounding-set", "-all,+dac_override,+setuid,+setgid");
        Assert.True(await site.LogsInAsync(PrivilegeFixture.Sally, PrivateEtc.Password));
        Assert.True(await site.LogsInAsync(PrivilegeFixture.Penny, "anything", "pop3"));
        Assert.True(await site.LogsInAsync(PrivilegeFixture.Uma, "first"));
        int worker = site.Daemon.Workers[0];
        await ProcessRunner.SignalAsync(worker, "STOP");
        await site.Daemon.LogHasAsync($"ERR: a worker (pid {worker}) has not answered the supervisor");
        await Eventually.IsTrueAsync(() => !ProcessTree.IsAlive(worker), "the end of the worker that hung");
        Assert.True(await site.LogsInAsync(PrivilegeFixture.Uma, "first"));
        await site.DisposeAsync();
    }

    [Theory]
    [InlineData("authshadow")]
    [InlineData("authpam")]
    public async Task Passwords_of_system_users_are_changed(string module)
    {
        PrivilegeFixture site = await StartAsync();
        site.Site.WriteAuthdaemonrc(module, 1);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site.Site);
        string request = Requests.ChangePassword(PrivilegeFixture.Sally, PrivateEtc.Password, New);
        Assert.Equal("OK\n", (await RawClient.AskAsync(daemon.SocketPath, request)).Text);
        Assert.StartsWith("$y$", site.Accounts.HashOf(PrivilegeFixture.Sally), StringComparison.Ordinal);
        Assert.Equal("FAIL\n", (await RawClient.AskAsync(daemon.SocketPath, request)).Text);
        Assert.NotEmpty(daemon.Brokers);
        await site.DisposeAsync();
    }

    [Fact]
    public async Task A_module_that_needs_root_keeps_it_and_the_daemon_says_which()
    {
        using CourierSite site = new();
        site.WriteAuthdaemonrc("authpipe", 1);
        site.Write("authProg", "#!/bin/sh\nread line\nid -u >&2\necho FAIL\n");
        File.SetUnixFileMode(Path.Combine(site.Config, "authProg"), (UnixFileMode)Convert.ToInt32("755", 8));
        const string line = "the workers run as root, because of authpipe: its program /etc/courier/authProg has always been run by root; "
            + "where courier can do without that, set [workers] user = courier in /etc/courier/authdaemond.ini";
        await using (OurDaemon daemon = await OurDaemon.StartAsync(site))
        {
            await daemon.LogHasAsync($"WARN: {line}");
            await Eventually.IsTrueAsync(() => daemon.Workers.Count == 1, "the worker");
            Assert.StartsWith("0\t", ProcessRights.OfThreads(daemon.Workers[0])[0].Uids, StringComparison.Ordinal);
            Assert.Empty(daemon.Brokers);
            ProgramResult check = await OurDaemon.RunAsync(site, daemon.State, "check");
            Assert.Contains($"WARN {line}\n", check.Output, StringComparison.Ordinal);
        }

        site.Write("authdaemond.ini", "[workers]\nuser = courier\n");
        await using OurDaemon other = await OurDaemon.StartAsync(site);
        await other.LogHasAsync("WARN: with [workers] user = courier this may fail: authpipe: its program");
        Assert.Equal("FAIL\n", (await RawClient.AskAsync(other.SocketPath, Requests.Lookup("x"))).Text);
        Assert.DoesNotContain("0", ProcessRights.OfThreads(other.Workers[0])[0].Uids.Split('\t'));
    }

    [Fact]
    public async Task The_administrator_decides()
    {
        using CourierSite site = new();
        site.WriteAuthdaemonrc("authuserdb", 1);
        site.Write("authdaemond.ini", "[workers]\nuser = root\n");
        await using (OurDaemon daemon = await OurDaemon.StartAsync(site))
        {
            await Eventually.IsTrueAsync(() => daemon.Workers.Count == 1, "the worker");
            Assert.StartsWith("0\t", ProcessRights.OfThreads(daemon.Workers[0])[0].Uids, StringComparison.Ordinal);
            Assert.DoesNotContain(daemon.LogLines, static line => line.Contains("run as root", StringComparison.Ordinal));
        }

        site.Write("authdaemond.ini", "[workers]\nuser = nobody-has-this-name\n");
        ProgramResult refused = await OurDaemon.RunAsync(site, await site.NewStateAsync());
        Assert.Equal(78, refused.ExitCode);
        Assert.Contains(
            "[workers] user must be the name of a user of this system, not 'nobody-has-this-name'", refused.Error, StringComparison.Ordinal);
    }

    private static async Task<PrivilegeFixture> StartAsync(params string[] under)
    {
        PrivilegeFixture site = new();
        await site.StartAsync(under);
        return site;
    }
}
