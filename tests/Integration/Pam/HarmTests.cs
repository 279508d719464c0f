// PAM modules that damage their process.
using System.Diagnostics;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Pam;

public class HarmTests
{
    private const string Impatient = "[pam]\nconversation-timeout = 2\n";

    [Fact]
    public async Task A_module_that_ends_its_process_costs_one_login_and_is_named()
    {
        await using PamHost host = await PamHost.StartAsync(Impatient);
        foreach (string what in (string[])["segv", "abort", "exit", "closeall", "forger"])
        {
            string service = host.Service(what);
            Assert.True(PamHost.Succeeded(await host.LogInAsync()), what);
            Assert.Equal("", await host.LogInAsync(service));
            Assert.True(PamHost.Succeeded(await host.LogInAsync()), what);
            await host.Daemon.LogHasAsync($"ERR: authpam: service={what}, user=alice: the PAM process ");
            await host.Daemon.LogHasAsync($"user=alice, ip=[], service={what}, module=authpam, reason=back end away");
        }

        await host.Daemon.LogHasAsync(" (pam_authd_test pam_deny pam_permit) ended: killed by signal 11; it is replaced");
        await host.Daemon.LogHasAsync(" ended: killed by signal 6; it is replaced");
        await host.Daemon.LogHasAsync(" ended: exit status 0; it is replaced");
    }

    [Fact]
    public async Task A_module_that_hangs_delays_nobody_else_and_is_killed()
    {
        await using PamHost host = await PamHost.StartAsync("[pam]\nconversation-timeout = 4\nprocesses = 4\n");
        string hang = host.Service("hang");
        Task<string>[] hanging = [.. Enumerable.Range(0, 3).Select(_ => host.LogInAsync(hang))];
        await Eventually.IsTrueAsync(() => host.PamProcesses.Count >= 3, "three processes that hang");
        IReadOnlyList<int> hung = host.PamProcesses;
        for (int i = 0; i < 5; i++)
        {
            Assert.True(PamHost.Succeeded(await host.LogInAsync()));
            Assert.StartsWith("USERNAME=alice\n", await host.AskAsync(Requests.Lookup("alice")), StringComparison.Ordinal);
        }

        Assert.All(await Task.WhenAll(hanging), reply => Assert.Equal("", reply));
        await Eventually.IsTrueAsync(() => host.PamProcesses.Count(hung.Contains) <= 1, "the end of those that hung");
        await host.Daemon.LogHasAsync(
            "ERR: authpam: service=hang, user=alice: no answer from PAM (pam_authd_test pam_deny pam_permit) within 4 s");
    }

    [Fact]
    public async Task Logins_that_find_no_process_wait_and_then_fail_temporarily()
    {
        await using PamHost host = await PamHost.StartAsync("[pam]\nconversation-timeout = 5\nwait-timeout = 1\nprocesses = 1\n");
        string hang = host.Service("hang");
        Task<string> hanging = host.LogInAsync(hang);
        await Eventually.IsTrueAsync(() => host.PamProcesses.Count == 1, "the process");

        Assert.Equal("", await host.LogInAsync());
        await host.Daemon.LogHasAsync("ERR: authpam: all 1 PAM processes are busy ([pam] processes)");
        Assert.StartsWith("USERNAME=alice\n", await host.AskAsync(Requests.Lookup("alice")), StringComparison.Ordinal);
        Assert.Equal("", await hanging);
        Assert.True(PamHost.Succeeded(await host.LogInAsync()));
    }

    [Fact]
    public async Task What_modules_print_is_logged_with_the_user_and_a_flood_is_cut()
    {
        await using PamHost host = await PamHost.StartAsync();
        Assert.True(PamHost.Succeeded(await host.LogInAsync(host.Service("print"))));
        await host.Daemon.LogHasAsync("INFO: authpam: service=print, user=alice: printed to stdout");
        await host.Daemon.LogHasAsync("INFO: authpam: service=print, user=alice: printed to . stderr");

        Assert.True(PamHost.Succeeded(await host.LogInAsync(host.Service("flood"))));
        await host.Daemon.LogHasAsync(
            "WARN: authpam: service=flood, user=alice: PAM (pam_authd_test pam_deny pam_permit) printed more");
        Assert.Equal(20, host.Daemon.LogLines.Count(l => l.Contains("user=alice: flooding the log", StringComparison.Ordinal)));
        Assert.True(PamHost.Succeeded(await host.LogInAsync()));
    }

    [Theory]
    [InlineData("setuid", "uid (0, 0, 0) to (65534, 65534, 65534)")]
    [InlineData("chdir", "working directory ")]
    [InlineData("umask", "umask ")]
    [InlineData("leak", "open descriptors ")]
    public async Task A_process_that_a_module_has_changed_is_replaced(string what, string change)
    {
        await using PamHost host = await PamHost.StartAsync();
        string service = host.Service(what);
        Assert.True(PamHost.Succeeded(await host.LogInAsync()));
        int before = Assert.Single(host.PamProcesses);

        Assert.True(PamHost.Succeeded(await host.LogInAsync(service)));
        await host.Daemon.LogHasAsync(
            $"WARN: authpam: service={what}, user=alice: a PAM module (pam_authd_test pam_deny pam_permit) changed {change}");
        Assert.True(PamHost.Succeeded(await host.LogInAsync()));
        await Eventually.IsTrueAsync(() => !ProcessTree.IsAlive(before), "the end of the process");
    }

    [Fact]
    public async Task Small_leaks_are_found_when_they_have_added_up()
    {
        await using PamHost host = await PamHost.StartAsync();
        string service = host.Service("leakone");
        for (int i = 0; i < 40; i++)
        {
            Assert.True(PamHost.Succeeded(await host.LogInAsync(service)));
        }

        await host.Daemon.LogHasAsync("changed open descriptors ");
    }

    [Fact]
    public async Task The_failure_delay_holds_the_reply_but_no_process()
    {
        await using PamHost host = await PamHost.StartAsync("[pam]\nprocesses = 1\n");
        string service = host.Service("delay=4000000");
        Task<string> refused = host.LogInAsync(service);
        await host.Daemon.LogHasAsync("DEBUG: pam_authenticate failed, result 7");
        Assert.True(PamHost.Succeeded(await host.LogInAsync()));
        Assert.False(refused.IsCompleted);
        Assert.Equal("FAIL\n", await refused);
    }

    [Fact]
    public async Task An_unknown_user_is_told_as_late_as_a_wrong_password()
    {
        await using PamHost host = await PamHost.StartAsync();
        string service = host.Service("delay=1500000");
        Assert.Equal("FAIL\n", await host.LogInAsync(service));
        long start = Stopwatch.GetTimestamp();
        Assert.Equal("FAIL\n", await host.AskAsync(Requests.Login("nobody-has-this-name", "guess", service)));
        // libpam varies a module's delay by up to half.
        Assert.True(Stopwatch.GetElapsedTime(start).TotalSeconds >= 0.7);
    }

    [Fact]
    public async Task Without_any_stack_pam_start_fails_with_the_usual_hint()
    {
        await using PamHost host = await PamHost.StartAsync();
        host.Accounts.RemoveService("other");
        Assert.Equal("", await host.LogInAsync("nofile"));
        await host.Daemon.LogHasAsync("DEBUG: pam_start failed, result 26 [Hint: bad PAM configuration?]");
        await host.Daemon.LogHasAsync("ERR: authpam: pam_start failed, result 26: ");
        await host.Daemon.LogHasAsync("there is neither /etc/pam.d/nofile nor /etc/pam.d/other");
        await host.Daemon.LogHasAsync("service=nofile, module=authpam, reason=configuration");
    }

    [Fact]
    public async Task A_module_that_cannot_be_loaded_is_named()
    {
        await using PamHost host = await PamHost.StartAsync();
        host.Accounts.WriteService("nofile", "auth required pam_permit.so", "auth required pam_absent.so", "account required pam_permit.so");
        Assert.Equal("", await host.LogInAsync("nofile"));
        await host.Daemon.LogHasAsync(
            "/etc/pam.d/nofile:2: the module pam_absent.so cannot be loaded; is its package installed? (service=nofile, ");
        await host.Daemon.LogHasAsync("service=nofile, module=authpam, reason=configuration");
    }
}
