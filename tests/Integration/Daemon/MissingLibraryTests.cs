// Modules on a machine without their C libraries.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Daemon;

public class MissingLibraryTests
{
    private const string User = "john@example.com";

    [Fact]
    public async Task Modules_without_their_library_are_not_installed_and_the_others_serve()
    {
        using CourierSite site = new();
        (await PrivateEtc.NewAsync(site)).Add("alice", 5001);
        site.WriteAuthdaemonrc("authpam authmysql authsqlite authldap authuserdb", 1, "DEBUG_LOGIN=1");
        await site.WriteUserdbAsync($"{User}\tuid=1000|gid=1000|home=/h|systempw={PrivateEtc.Hash}\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(
            site, null, MissingLibraries.Under("libpam.so", "libmariadb.so", "libsqlite3.so", "libldap"));

        await daemon.LogHasAsync("INFO: Installation complete: authuserdb");
        foreach ((string module, string library) in ((string, string)[])
            [("authpam", "libpam.so.0"), ("authmysql", "libmariadb.so.3"), ("authsqlite", "libsqlite3.so.0")])
        {
            Assert.Equal(
                [
                    "INFO: file not found",
                    $"WARN: /etc/courier/authdaemonrc: authmodulelist: '{module}' is skipped: {library} is not installed",
                ],
                daemon.LogLines.SkipWhile(line => line != $"INFO: Installing lib{module}").Skip(1).Take(2));
        }

        Assert.Contains(daemon.LogLines, line =>
            line.Contains("'authldap' is skipped: libldap", StringComparison.Ordinal)
            && line.EndsWith(" is not installed", StringComparison.Ordinal));

        Assert.StartsWith("UID=1000\n", await Ask(daemon, Requests.Login(User, PrivateEtc.Password)), StringComparison.Ordinal);
        Assert.Equal("OK\n", await Ask(daemon, Requests.ChangePassword(User, PrivateEtc.Password, "new secret")));
        Assert.Equal($"# authuserdb\n\n{User}\t1000\t1000\t/h\t\t\n.\n", await Ask(daemon, Requests.Enumerate));
        Assert.Equal("FAIL\n", await Ask(daemon, Requests.Login("alice", PrivateEtc.Password)));
        Assert.Equal("", await Ask(daemon, Requests.Lookup("alice", selector: "authpam")));
        Assert.Equal("FAIL\n", await Ask(daemon, Requests.ChangePassword("alice", PrivateEtc.Password, "new secret")));
        await daemon.LogHasAsync("received userid lookup request: alice");
        Assert.DoesNotContain(daemon.LogLines, line => line.StartsWith("ERR: ", StringComparison.Ordinal)
            || line.Contains("authpam: trying", StringComparison.Ordinal));
    }

    /// <summary>authshadow needs libpam only for password changes.</summary>
    [Fact]
    public async Task Without_libpam_a_system_users_password_cannot_be_changed_but_by_the_administrators_program()
    {
        using CourierSite site = new();
        PrivateEtc accounts = await PrivateEtc.NewAsync(site);
        accounts.Add("alice", 5001);
        site.WriteAuthdaemonrc("authshadow", 1);
        string change = Requests.ChangePassword("alice", PrivateEtc.Password, "Tr0ub4dor&3-horse");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site, null, MissingLibraries.Under("libpam.so"));

        Assert.EndsWith(
            "PASSWD2=password\n.\n", await Ask(daemon, Requests.Login("alice", PrivateEtc.Password)), StringComparison.Ordinal);
        Assert.Equal("FAIL\n", await Ask(daemon, change));
        await daemon.LogHasAsync("ERR: authshadow: libpam.so.0 is not installed");
        Assert.Equal(PrivateEtc.Hash, accounts.HashOf("alice"));

        site.Write("authdaemond.ini", "[passwords]\nsystem-helper = /bin/true\n");
        await using OurDaemon helped = await OurDaemon.StartAsync(site, null, MissingLibraries.Under("libpam.so"));
        Assert.Equal("OK\n", await Ask(helped, change));
    }

    private static async Task<string> Ask(OurDaemon daemon, string request) =>
        (await RawClient.AskAsync(daemon.SocketPath, request)).Text;
}
