// No process that reads a client's input is root, and everything works nevertheless.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Security;

public class PrivilegeTests(PrivilegeFixture site) : IClassFixture<PrivilegeFixture>
{
    [Fact]
    public async Task Workers_have_no_rights_and_cannot_get_any()
    {
        Assert.True(await site.LogsInAsync(PrivilegeFixture.Sally, PrivateEtc.Password)); // The threads for hashes exist now.
        foreach (int worker in site.Daemon.Workers)
        {
            IReadOnlyList<ProcessRights> threads = ProcessRights.OfThreads(worker);
            Assert.NotEmpty(threads);
            string same = $"{site.MailUid}\t{site.MailUid}\t{site.MailUid}\t{site.MailUid}";
            Assert.All(threads, thread =>
            {
                Assert.Equal(same, thread.Uids);
                Assert.DoesNotContain("0", thread.Gids.Split('\t'));
                Assert.DoesNotContain("0", thread.Groups.Split(' '));
                Assert.Equal(0UL, thread.Capabilities);
                Assert.True(thread.NoNewPrivileges);
                Assert.True(thread.Filtered);
            });
        }
    }

    /// <summary>Processes with a socket to the broker, or a password in memory, must be out of the mail user's reach.</summary>
    [Fact]
    public async Task The_mail_user_cannot_look_into_a_worker()
    {
        int worker = site.Daemon.Workers[0];
        foreach (string file in (string[])["fd", "mem", "environ", "maps", "exe"])
        {
            ProgramResult result = await ProcessRunner.RunAsync(
                ["setpriv", "--reuid", "courier", "--regid", "courier", "--clear-groups", "sh", "-c",
                    "ls \"$1/\" || dd if=\"$1\" bs=1 count=1 of=/dev/null", "sh", $"/proc/{worker}/{file}"]);
            Assert.NotEqual(0, result.ExitCode);
        }
    }

    [Fact]
    public async Task Processes_leave_no_core_files()
    {
        Assert.True(await site.LogsInAsync(PrivilegeFixture.Penny, "anything", "pop3"));
        int[] all = [.. site.Daemon.Workers, .. site.Daemon.Brokers, .. site.Daemon.PamProcesses];
        Assert.True(all.Length >= 4);
        Assert.All(all, static pid => Assert.Matches(
            @"Max core file size +0 +0 ", File.ReadLines($"/proc/{pid}/limits").First(static line => line.Contains("core", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Variables_that_load_code_do_not_reach_any_process()
    {
        Assert.All(
            site.Daemon.Workers.Concat(site.Daemon.Brokers),
            static pid =>
            {
                string[] environment = File.ReadAllText($"/proc/{pid}/environ").Split('\0');
                Assert.Contains("SPECIAL=yes", environment);
                Assert.DoesNotContain(environment, static variable => variable.StartsWith("LD_", StringComparison.Ordinal));
            });
        await site.Daemon.LogHasAsync("WARN: /etc/courier/authdaemonrc: LD_PRELOAD is not passed on");
    }

    [Fact]
    public async Task A_hash_in_shadow_is_found_and_compared()
    {
        string reply = await site.AskAsync(Requests.Lookup(PrivilegeFixture.Sally));
        Assert.Contains($"\nPASSWD={PrivateEtc.Hash}\n", reply, StringComparison.Ordinal);
        Assert.True(await site.LogsInAsync(PrivilegeFixture.Sally, PrivateEtc.Password));
        Assert.False(await site.LogsInAsync(PrivilegeFixture.Sally, "wrong"));
        Assert.Equal("FAIL\n", await site.AskAsync(Requests.Lookup("nobody-has-this-name")));
    }

    [Fact]
    public async Task Pam_lets_users_in()
    {
        Assert.True(await site.LogsInAsync(PrivilegeFixture.Penny, "anything", "pop3"));
        Assert.False(await site.LogsInAsync(PrivilegeFixture.Penny, "anything"));
        Assert.All(site.Daemon.PamProcesses, static pid => Assert.StartsWith("0\t", ProcessRights.OfThreads(pid)[0].Uids, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_database_that_only_root_can_read_is_used_and_its_replacement_as_well()
    {
        foreach (string password in (string[])["second", "third", "first"])
        {
            await site.WriteUserdbAsync(password);
            Assert.True(await site.LogsInAsync(PrivilegeFixture.Uma, password));
            Assert.False(await site.LogsInAsync(PrivilegeFixture.Uma, "wrong"));
        }
    }

    [Fact]
    public async Task A_password_in_userdb_is_changed()
    {
        Assert.Equal("FAIL\n", await site.AskAsync(Requests.ChangePassword(PrivilegeFixture.Uma, "wrong", "next")));
        Assert.Equal("OK\n", await site.AskAsync(Requests.ChangePassword(PrivilegeFixture.Uma, "first", "next")));
        Assert.True(await site.LogsInAsync(PrivilegeFixture.Uma, "next"));
        Assert.Equal("OK\n", await site.AskAsync(Requests.ChangePassword(PrivilegeFixture.Uma, "next", "first")));
        Assert.True(await site.LogsInAsync(PrivilegeFixture.Uma, "first"));
    }

    /// <summary>A service such as su admits root without a password,
    /// and PAM lets root change its own without the old one.</summary>
    [Fact]
    public async Task The_password_of_root_is_not_changed()
    {
        string before = site.Accounts.HashOf("root");
        Assert.Equal("FAIL\n", await site.AskAsync(Requests.ChangePassword("root", "anything", "Tr0ub4dor&3-horse", "pop3")));
        Assert.Equal(before, site.Accounts.HashOf("root"));
    }
}
