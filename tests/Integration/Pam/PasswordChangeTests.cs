// PASSWD for system users: PAM's own password service, or the administrator's program.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Pam;

public class PasswordChangeTests
{
    private const string New = "Tr0ub4dor&3-horse";

    private static readonly string[] UnixPasswords = ["password required pam_unix.so obscure minlen=10 yescrypt"];

    [Theory]
    [InlineData("authpam")]
    [InlineData("authshadow")]
    public async Task The_system_changes_the_password(string module)
    {
        await using PamHost host = await PamHost.StartAsync(modules: module);
        host.Accounts.WriteService("passwd", UnixPasswords);

        Assert.Equal("OK\n", await host.AskAsync(Requests.ChangePassword(PamHost.Alice, PrivateEtc.Password, New)));

        Assert.StartsWith("$y$", host.Accounts.HashOf(PamHost.Alice), StringComparison.Ordinal);
        Assert.Equal("FAIL\n", await host.LogInAsync());
        Assert.StartsWith("USERNAME=alice\n", await host.AskAsync(Requests.Login(PamHost.Alice, New)), StringComparison.Ordinal);
        await Eventually.IsTrueAsync(() => host.PamProcesses.Count <= 1, "the end of the process that was alice's");
    }

    [Theory]
    [InlineData("authpam")]
    [InlineData("authshadow")]
    public async Task A_wrong_old_password_changes_nothing_and_lets_the_next_module_try(string module)
    {
        await using PamHost host = await PamHost.StartAsync(modules: $"{module} authuserdb");
        await host.Site.WriteUserdbAsync($"{PamHost.Alice}\tuid=5|gid=5|home=/h|systempw={PrivateEtc.Hash}\n");
        host.Accounts.WriteService("passwd", UnixPasswords);

        Assert.Equal("FAIL\n", await host.AskAsync(Requests.ChangePassword(PamHost.Alice, "wrong", New)));

        Assert.Equal(PrivateEtc.Hash, host.Accounts.HashOf(PamHost.Alice));
        await host.Daemon.LogHasAsync("authuserdb");
    }

    [Fact]
    public async Task The_systems_policy_applies_and_is_final()
    {
        await using PamHost host = await PamHost.StartAsync();
        host.Accounts.WriteService("passwd", UnixPasswords);

        Assert.Equal("FAIL\n", await host.AskAsync(Requests.ChangePassword(PamHost.Alice, PrivateEtc.Password, "short1")));

        Assert.Equal(PrivateEtc.Hash, host.Accounts.HashOf(PamHost.Alice));
        await host.Daemon.LogHasAsync("INFO: authpam: service=imap, user=alice: You must choose a longer password");
        await host.Daemon.LogHasAsync("WARN: authpam: the password of alice is not changed: Authentication token manipulation error");
    }

    [Fact]
    public async Task A_password_that_must_be_changed_can_be()
    {
        await using PamHost host = await PamHost.StartAsync();
        host.Accounts.WriteService("passwd", UnixPasswords);
        host.Accounts.Add("mustchange", 5003, ages: "0:0:90:7:::");

        Assert.Equal("FAIL\n", await host.AskAsync(Requests.Login("mustchange", PrivateEtc.Password)));
        Assert.Equal("OK\n", await host.AskAsync(Requests.ChangePassword("mustchange", PrivateEtc.Password, New)));
        Assert.StartsWith("USERNAME=mustchange\n", await host.AskAsync(Requests.Login("mustchange", New)), StringComparison.Ordinal);
    }

    /// <summary>A stack that asks for nothing must not become a way around the old password.</summary>
    [Fact]
    public async Task The_old_password_is_checked_whatever_the_password_stack_does()
    {
        await using PamHost host = await PamHost.StartAsync();
        host.Accounts.WriteService("passwd", $"password required {host.Module} realuid");

        Assert.Equal("FAIL\n", await host.AskAsync(Requests.ChangePassword(PamHost.Alice, "wrong", New)));
        Assert.Equal("OK\n", await host.AskAsync(Requests.ChangePassword(PamHost.Alice, PrivateEtc.Password, New)));
        await host.Daemon.LogHasAsync("INFO: authpam: service=imap, user=alice: real uid 5001, effective uid 0");
        Assert.True(PamHost.Succeeded(await host.LogInAsync()));
    }

    [Theory]
    [InlineData("alice@example.com")]
    [InlineData("nobody-has-this-name")]
    public async Task Names_that_are_no_system_users_are_left_to_the_next_module(string user)
    {
        await using PamHost host = await PamHost.StartAsync(modules: "authpam authuserdb");
        await host.Site.WriteUserdbAsync($"{user}\tuid=5|gid=5|home=/h|systempw={PrivateEtc.Hash}\n");
        Assert.Equal("FAIL\n", await host.AskAsync(Requests.ChangePassword(user, "wrong", New)));
        Assert.Equal("OK\n", await host.AskAsync(Requests.ChangePassword(user, PrivateEtc.Password, New)));
        Assert.Empty(host.PamProcesses);
    }

    [Fact]
    public async Task A_helper_program_takes_the_place_of_PAM()
    {
        string scratch = Directory.CreateTempSubdirectory("authd-helper-").FullName;
        try
        {
            string helper = Path.Combine(scratch, "helper");
            string seen = Path.Combine(scratch, "seen");
            await File.WriteAllTextAsync(helper, $"""
                #!/bin/sh
                read old; read new
                printf '%s|%s|%s|%s|%s\n' "$(id -u)" "$(id -g)" "$(id -G)" "$old" "$new" >>{seen}
                echo visible $new; echo visible $new >&2
                [ "$old" = password ]
                """);
            await ProcessRunner.RunOrThrowAsync(["sh", "-c", "chmod 755 \"$1\"; chmod 777 \"$2\"", "sh", helper, scratch]);
            await using PamHost host = await PamHost.StartAsync($"[passwords]\nsystem-helper = {helper}\n");

            Assert.Equal("OK\n", await host.AskAsync(Requests.ChangePassword(PamHost.Alice, PrivateEtc.Password, "a new one")));
            Assert.Equal("FAIL\n", await host.AskAsync(Requests.ChangePassword(PamHost.Alice, "wrong", "a new one")));

            Assert.Equal(
                ["5001|5001|5001|password|a new one", "5001|5001|5001|wrong|a new one"], await File.ReadAllLinesAsync(seen));
            await host.Daemon.LogHasAsync($"WARN: authpam: the password of alice is not changed: {helper}: exit status 1");
            Assert.DoesNotContain(host.Daemon.LogLines, line => line.Contains("visible", StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    [Fact]
    public async Task A_helper_that_cannot_be_run_is_named()
    {
        await using PamHost host = await PamHost.StartAsync("[passwords]\nsystem-helper = /nosuch/helper\n");
        Assert.Equal("FAIL\n", await host.AskAsync(Requests.ChangePassword(PamHost.Alice, PrivateEtc.Password, New)));
        await host.Daemon.LogHasAsync("ERR: authpam: cannot start /nosuch/helper: No such file or directory");
    }
}
