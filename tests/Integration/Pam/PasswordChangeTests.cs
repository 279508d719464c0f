// PASSWD for system users: PAM's own password service, or the administrator's program.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Pam;

public class PasswordChangeTests
{
    private const string New = "Tr0ub4dor&3-horse";

    /// <summary>A user whose hash is in the file that the module reads.</summary>
    private const string User = "brian";

    private static readonly string[] UnixPasswords = ["password required pam_unix.so obscure minlen=10 yescrypt"];

    /// <summary>The modules, and the file that holds the hashes of their users.</summary>
    public static TheoryData<string, string> Modules => new()
    {
        { "authpam", "shadow" },
        { "authpwd", "passwd" },
        { "authshadow", "shadow" },
    };

    [Theory]
    [MemberData(nameof(Modules))]
    public async Task The_system_changes_the_password(string module, string file)
    {
        await using PamHost host = await StartAsync(module, file);

        Assert.Equal("OK\n", await host.AskAsync(Requests.ChangePassword(User, PrivateEtc.Password, New)));

        Assert.StartsWith("$y$", host.Accounts.HashOf(User, file), StringComparison.Ordinal);
        Assert.Equal("FAIL\n", await host.AskAsync(Requests.Login(User, PrivateEtc.Password)));
        Assert.StartsWith($"USERNAME={User}\n", await host.AskAsync(Requests.Login(User, New)), StringComparison.Ordinal);
        await Eventually.IsTrueAsync(() => host.PamProcesses.Count <= 1, "the end of the process that was the user's");
    }

    [Theory]
    [MemberData(nameof(Modules))]
    public async Task A_wrong_old_password_may_be_the_next_modules(string module, string file)
    {
        await using PamHost host = await StartAsync($"{module} authuserdb", file);
        await host.Site.WriteUserdbAsync($"{User}\tuid=5|gid=5|home=/h|systempw={{PLAIN}}other\n");

        Assert.Equal("FAIL\n", await host.AskAsync(Requests.ChangePassword(User, "wrong", New)));
        Assert.Equal("OK\n", await host.AskAsync(Requests.ChangePassword(User, "other", New)));

        Assert.Equal(PrivateEtc.Hash, host.Accounts.HashOf(User, file));
        Assert.StartsWith("UID=5\n", await host.AskAsync(Requests.Login(User, New)), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Modules))]
    public async Task The_systems_policy_applies_and_is_final(string module, string file)
    {
        await using PamHost host = await StartAsync($"{module} authuserdb", file);
        await host.Site.WriteUserdbAsync($"{User}\tuid=5|gid=5|home=/h|systempw={{PLAIN}}{PrivateEtc.Password}\n");

        Assert.Equal("FAIL\n", await host.AskAsync(Requests.ChangePassword(User, PrivateEtc.Password, "short1")));

        Assert.Equal(PrivateEtc.Hash, host.Accounts.HashOf(User, file));
        Assert.Equal("FAIL\n", await host.AskAsync(Requests.Login(User, "short1")));
        await host.Daemon.LogHasAsync($"INFO: {module}: service=imap, user={User}: You must choose a longer password");
        await host.Daemon.LogHasAsync(
            $"WARN: {module}: the password of {User} is not changed: Authentication token manipulation error");
    }

    [Theory]
    [MemberData(nameof(Modules))]
    public async Task Names_that_are_no_system_users_are_left_to_the_next_module(string module, string file)
    {
        await using PamHost host = await StartAsync($"{module} authuserdb", file);
        // A name with @ is a mail address, whatever the password file holds.
        Add(host, "odd@name", 5002, file);
        foreach (string user in (string[])["alice@example.com", "nobody-has-this-name", "odd@name"])
        {
            await host.Site.WriteUserdbAsync($"{user}\tuid=5|gid=5|home=/h|systempw={PrivateEtc.Hash}\n");
            Assert.Equal("FAIL\n", await host.AskAsync(Requests.ChangePassword(user, "wrong", New)));
            Assert.Equal("OK\n", await host.AskAsync(Requests.ChangePassword(user, PrivateEtc.Password, New)));
        }

        Assert.Equal(PrivateEtc.Hash, host.Accounts.HashOf("odd@name", file));
        Assert.Empty(host.PamProcesses);
    }

    [Theory]
    [MemberData(nameof(Modules))]
    public async Task A_locked_account_stays_locked(string module, string file)
    {
        await using PamHost host = await StartAsync(module, file);
        string[] fields = ["!" + PrivateEtc.Hash, "*", "!!", ""];
        for (int i = 0; i < fields.Length; i++)
        {
            string user = $"locked{i}";
            Add(host, user, 5100 + i, file, fields[i]);
            foreach (string old in (string[])[PrivateEtc.Password, "!", "*", "!!", "x"])
            {
                Assert.Equal("FAIL\n", await host.AskAsync(Requests.ChangePassword(user, old, New)));
            }

            Assert.Equal(fields[i], host.Accounts.HashOf(user, file));
        }
    }

    [Theory]
    [InlineData("authpam")]
    [InlineData("authshadow")]
    public async Task A_password_that_must_be_changed_can_be(string module)
    {
        await using PamHost host = await StartAsync(module);
        host.Accounts.Add("mustchange", 5003, ages: "0:0:90:7:::");

        Assert.Equal("FAIL\n", await host.AskAsync(Requests.Login("mustchange", PrivateEtc.Password)));
        Assert.Equal("OK\n", await host.AskAsync(Requests.ChangePassword("mustchange", PrivateEtc.Password, New)));
        Assert.StartsWith("USERNAME=mustchange\n", await host.AskAsync(Requests.Login("mustchange", New)), StringComparison.Ordinal);
    }

    /// <summary>A stack that asks no question must not become a way around the old password.</summary>
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
    public async Task Couriers_own_program_can_be_the_helper()
    {
        await using PamHost host = await PamHost.StartAsync(
            "[passwords]\nsystem-helper = /usr/lib/courier/courier-authlib/authsystem.passwd\n", "authshadow");
        host.Accounts.WriteService("passwd", UnixPasswords);

        Assert.Equal("OK\n", await host.AskAsync(Requests.ChangePassword(PamHost.Alice, PrivateEtc.Password, New)));

        Assert.StartsWith("$y$", host.Accounts.HashOf(PamHost.Alice), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_helper_that_cannot_be_run_is_named()
    {
        await using PamHost host = await PamHost.StartAsync("[passwords]\nsystem-helper = /nosuch/helper\n");
        Assert.Equal("FAIL\n", await host.AskAsync(Requests.ChangePassword(PamHost.Alice, PrivateEtc.Password, New)));
        await host.Daemon.LogHasAsync("ERR: authpam: cannot start /nosuch/helper: No such file or directory");
    }

    private static async Task<PamHost> StartAsync(string modules, string file = "shadow")
    {
        PamHost host = await PamHost.StartAsync(modules: modules);
        host.Accounts.WriteService("passwd", UnixPasswords);
        Add(host, User, 5010, file);
        return host;
    }

    private static void Add(PamHost host, string user, int uid, string file, string hash = PrivateEtc.Hash)
    {
        if (file == "passwd")
        {
            host.Accounts.Add(user, uid, hash: null, field: hash);
        }
        else
        {
            host.Accounts.Add(user, uid, hash);
        }
    }
}
