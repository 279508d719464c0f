// authpwd: users with their hashes in the password file.
using System.Globalization;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.SystemAccounts;

public class PwdTests
{
    private const string Passwd =
        "root:x:0:0:root:/root:/bin/sh\n"
        + "daemon:*:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
        + $"brian:{SystemSite.Hash}:1001:1002:Brian Q,room 5,,:/home/brian:/bin/bash\n"
        + "nogecos:x:1003:1003::/home/nogecos:\n"
        + $"m\u00fcller:{SystemSite.Hash}:1004:1004:M\u00fcller:/home/m\u00fcller:/bin/sh\n"
        + $"odd@name:{SystemSite.Hash}:1005:1005::/home/odd:/bin/sh\n";

    private const string Brian = "USERNAME=brian\nGID=1002\nHOME=/home/brian\nADDRESS=brian\nNAME=Brian Q\n";

    [Fact]
    public async Task Lookups_and_logins()
    {
        using SystemSite site = await SystemSite.NewAsync("authpwd", Passwd);
        await using OurDaemon daemon = await site.StartAsync();

        Assert.Equal($"{Brian}PASSWD={SystemSite.Hash}\n.\n", await Ask(daemon, Requests.Lookup("brian")));
        Assert.Equal(
            $"{Brian}PASSWD={SystemSite.Hash}\nPASSWD2=password\n.\n",
            await Ask(daemon, Requests.Login("brian", "password")));
        Assert.Equal("FAIL\n", await Ask(daemon, Requests.Login("brian", "Password")));
        Assert.Equal("FAIL\n", await Ask(daemon, Requests.Login("Brian", "password")));
        Assert.Equal("FAIL\n", await Ask(daemon, Requests.Lookup("nobody")));
        Assert.Equal("FAIL\n", await Ask(daemon, Requests.Lookup("")));
        Assert.Equal("FAIL\n", await Ask(daemon, Requests.Lookup("brian@example.com")));
        Assert.Equal(
            "USERNAME=nogecos\nGID=1003\nHOME=/home/nogecos\nADDRESS=nogecos\nNAME=\nPASSWD=x\n.\n",
            await Ask(daemon, Requests.Lookup("nogecos")));
        Assert.Equal(
            $"USERNAME=m\u00fcller\nGID=1004\nHOME=/home/m\u00fcller\nADDRESS=m\u00fcller\nNAME=M\u00fcller\n"
            + $"PASSWD={SystemSite.Hash}\nPASSWD2=password\n.\n",
            await Ask(daemon, Requests.Login("m\u00fcller", "password")));
        Assert.StartsWith("USERNAME=root\nGID=0\n", await Ask(daemon, Requests.Lookup("root")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_of_a_request()
    {
        using SystemSite site = await SystemSite.NewAsync("authpwd", Passwd);
        await using OurDaemon daemon = await site.StartAsync();
        const string Dump = "sysusername=brian, sysuserid=<null>, sysgroupid=1002, homedir=/home/brian, address=brian, "
            + "fullname=Brian Q,room 5,,, maildir=<null>, quota=<null>, options=<null>";

        Assert.Equal(
            [
                "DEBUG: received auth request, service=imap, authtype=login", "DEBUG: authpwd: trying this module",
                $"DEBUG: authpwd: {Dump}", "DEBUG: password matches successfully", $"Authenticated: {Dump}",
            ],
            await SystemSite.LogOfAsync(daemon, Requests.Login("brian", "password")));
        Assert.Equal(
            [
                "DEBUG: received userid lookup request: nobody", "DEBUG: authpwd: trying this module",
                "DEBUG: authpwd: username 'nobody' not found in password file",
                "DEBUG: authpwd: REJECT - try next module", "DEBUG: FAIL, all modules rejected",
            ],
            await SystemSite.LogOfAsync(daemon, Requests.Lookup("nobody")));
        Assert.Contains(
            "DEBUG: authpwd only handles authtype=login",
            await SystemSite.LogOfAsync(daemon, Requests.Cram("cram-md5", "brian", "password", "<1@x>")));
        Assert.Contains(
            "DEBUG: incomplete username or missing password",
            await SystemSite.LogOfAsync(daemon, Requests.Auth("imap", "login", "brian\n")));
    }

    [Theory]
    [InlineData("", "no password to compare with")]
    [InlineData("x", "no password to compare with")]
    [InlineData("*", "account locked")]
    [InlineData("!", "account locked")]
    [InlineData("!!", "account locked")]
    [InlineData("!*", "account locked")]
    [InlineData("!" + SystemSite.Hash, "account locked")]
    [InlineData("*LK*" + SystemSite.Hash, "account locked")]
    [InlineData("*" + SystemSite.OtherHash, "account locked")]
    [InlineData("password", "unknown scheme: no prefix")]
    [InlineData("NP", "unknown scheme: no prefix")]
    public async Task Locked_accounts_are_found_but_never_logged_in(string field, string reason)
    {
        using SystemSite site = await SystemSite.NewAsync("authpwd", $"locked:{field}:1001:1001:L:/home/locked:/bin/sh\n");
        await using OurDaemon daemon = await site.StartAsync();

        Assert.StartsWith("USERNAME=locked\n", await Ask(daemon, Requests.Lookup("locked")), StringComparison.Ordinal);
        foreach (string password in (string[])["password", "x", "!", "*", "!!", " ", field])
        {
            Assert.Equal("FAIL\n", await Ask(daemon, Requests.Login("locked", password)));
        }

        Assert.Equal("FAIL\n", await Ask(daemon, Requests.Auth("imap", "login", "locked\n\n")));
        await daemon.LogHasAsync(
            $"INFO: LOGIN FAILED, user=locked, ip=[], service=imap, module=authpwd, reason={reason}");
    }

    [Fact]
    public async Task The_shadow_hash_is_sent_but_not_compared()
    {
        using SystemSite site = await SystemSite.NewAsync(
            "authpwd", Passwd, $"brian:{SystemSite.OtherHash}:1::::::\nnogecos:{SystemSite.Hash}:1::::::\n");
        await using OurDaemon daemon = await site.StartAsync();

        Assert.Equal(
            $"{Brian}PASSWD={SystemSite.OtherHash}\nPASSWD2=password\n.\n",
            await Ask(daemon, Requests.Login("brian", "password")));
        Assert.Equal("FAIL\n", await Ask(daemon, Requests.Login("nogecos", "password")));
    }

    [Fact]
    public async Task An_entry_of_any_length()
    {
        string gecos = new('g', 3000);
        using SystemSite site = await SystemSite.NewAsync(
            "authpwd", $"long:{SystemSite.Hash}:1001:1001:{gecos}:/home/long:/bin/sh\n{Passwd}");
        await using OurDaemon daemon = await site.StartAsync();

        Assert.Contains($"NAME={gecos}\n", await Ask(daemon, Requests.Lookup("long")), StringComparison.Ordinal);
        Assert.Contains(
            "long\t1001\t1001\t/home/long\t\t\n", await Ask(daemon, Requests.Enumerate), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_edit_counts_at_the_next_request()
    {
        using SystemSite site = await SystemSite.NewAsync("authpwd", Passwd);
        await using OurDaemon daemon = await site.StartAsync();
        Assert.Equal("FAIL\n", await Ask(daemon, Requests.Lookup("mary")));

        site.Etc.Write("passwd", Passwd + "mary:x:1010:1010:Mary:/home/mary:/bin/sh\n");

        Assert.StartsWith("USERNAME=mary\n", await Ask(daemon, Requests.Lookup("mary")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_has_everybody_from_uid_100()
    {
        using SystemSite site = await SystemSite.NewAsync("authpwd", Passwd + "low:x:99:100::/:\nfirst:x:100:0::/first:\n");
        await using OurDaemon daemon = await site.StartAsync();

        Assert.Equal(
            "# authpwd\n\n"
            + "brian\t1001\t1002\t/home/brian\t\t\n"
            + "nogecos\t1003\t1003\t/home/nogecos\t\t\n"
            + "m\u00fcller\t1004\t1004\t/home/m\u00fcller\t\t\n"
            + "odd@name\t1005\t1005\t/home/odd\t\t\n"
            + "first\t100\t0\t/first\t\t\n.\n",
            await Ask(daemon, Requests.Enumerate));
    }

    [Fact]
    public async Task Lists_at_the_same_time_are_all_whole()
    {
        const int Users = 3000;
        using SystemSite site = await SystemSite.NewAsync("authpwd", string.Concat(Enumerable.Range(1, Users).Select(i =>
            string.Create(CultureInfo.InvariantCulture, $"user{i}:x:{1000 + i}:100:User {i}:/home/user{i}:/bin/sh\n"))));
        await using OurDaemon daemon = await site.StartAsync();

        string[] lists = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Ask(daemon, Requests.Enumerate)));

        Assert.All(lists, list => Assert.Equal(lists[0], list));
        Assert.EndsWith(
            $"\nuser{Users}\t{1000 + Users}\t100\t/home/user{Users}\t\t\n.\n", lists[0], StringComparison.Ordinal);
        Assert.Equal(Users + 3, lists[0].Count(c => c == '\n'));
    }

    [Fact]
    public async Task Names_that_are_not_its_own_keep_their_passwords()
    {
        using SystemSite site = await SystemSite.NewAsync("authpwd", Passwd);
        await using OurDaemon daemon = await site.StartAsync();

        Assert.Equal("FAIL\n", await Ask(daemon, Requests.ChangePassword("nobody", "password", "new secret")));
        Assert.Equal("FAIL\n", await Ask(daemon, Requests.ChangePassword("odd@name", "password", "new secret")));
    }

    [Fact]
    public async Task A_name_service_that_is_away_is_a_temporary_failure_and_said_once()
    {
        // Hesiod fails without a configuration; the files are asked first.
        using SystemSite site = await SystemSite.NewAsync("authpwd", Passwd, services: "files hesiod");
        await using OurDaemon daemon = await site.StartAsync();

        Assert.Equal("", await Ask(daemon, Requests.Lookup("nobody")));
        Assert.Equal("", await Ask(daemon, Requests.Login("nobody", "password")));
        Assert.Equal("FAIL\n", await Ask(daemon, Requests.ChangePassword("nobody", "password", "new secret")));
        Assert.StartsWith(Brian, await Ask(daemon, Requests.Lookup("brian")), StringComparison.Ordinal);

        await daemon.LogHasAsync("received userid lookup request: brian");
        string line = Assert.Single(daemon.LogLines, line => line.StartsWith("ERR: ", StringComparison.Ordinal));
        Assert.Equal("ERR: authpwd: getpwnam: No such file or directory", line);
    }

    [Fact]
    public async Task Lookups_do_not_wait_for_slow_hashes()
    {
        const string Slow = "$2b$12$abcdefghijklmnopqrstuutwZ1IOTtu3SsEBT5lI/LFncP31tIybm";
        using SystemSite site = await SystemSite.NewAsync(
            "authpwd", $"slow:{Slow}:1001:1001::/home/slow:/bin/sh\n",
            ini: "[workers]\nhashing = 1\n[limits]\nrequest-seconds = 60\n");
        await using OurDaemon daemon = await site.StartAsync();
        RawRequest login = new(Requests.Login("slow", "password"), Limit: ProcessRunner.Limit);
        Task<RawReply>[] logins = [.. Enumerable.Range(0, 3).Select(_ => RawClient.AskAsync(daemon.SocketPath, login))];
        await daemon.LogHasAsync("authpwd: sysusername=slow");

        await Ask(daemon, Requests.Lookup("slow"));

        Assert.Contains(logins, waiting => !waiting.IsCompleted);
        Assert.All(
            await Task.WhenAll(logins),
            reply => Assert.EndsWith("PASSWD2=password\n.\n", reply.Text, StringComparison.Ordinal));
    }

    private static Task<string> Ask(OurDaemon daemon, string request) => SystemSite.AskAsync(daemon, request);
}
