// Modules in authmodulelist that have not been set up, and modules whose file is lost.
using Authd.Tests.Integration.Sqlite;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Daemon;

public sealed class ModuleFileTests
{
    private static readonly string[] WithFiles = ["authpgsql", "authldap", "authmysql", "authsqlite"];

    private static async Task<string> AskAsync(OurDaemon daemon, string request) =>
        (await RawClient.AskAsync(daemon.SocketPath, request)).Text;

    /// <summary>Courier's own default list names every module.</summary>
    [Fact]
    public async Task A_module_whose_file_was_never_there_is_passed_over_with_one_warning()
    {
        using CourierSite site = await DaemonSite.NewAsync(2);
        site.WriteAuthdaemonrc($"authcustom {string.Join(' ', WithFiles)} authuserdb authpipe", 2);
        OurDaemon daemon = await OurDaemon.StartAsync(site);
        await using (daemon)
        {
            for (int i = 0; i < 4; i++)
            {
                Assert.True(await DaemonSite.AnswersAsync(daemon));
                Assert.StartsWith("UID=2001\n", await AskAsync(daemon, Requests.Login(DaemonSite.User, DaemonSite.Password)), StringComparison.Ordinal);
                Assert.Equal("FAIL\n", await AskAsync(daemon, Requests.Lookup("nobody")));
            }

            Assert.Equal("FAIL\n", await AskAsync(daemon, Requests.ChangePassword(DaemonSite.User, "wrong", "new")));
            string list = await AskAsync(daemon, Requests.Enumerate);
            Assert.StartsWith("# authuserdb\n", list, StringComparison.Ordinal);
            Assert.EndsWith("\n.\n", list, StringComparison.Ordinal);

            // No other module can tell whether the user exists.
            Assert.Equal("", await AskAsync(daemon, Requests.Lookup(DaemonSite.User, selector: "authpgsql")));
        }

        Assert.DoesNotContain(daemon.LogLines, line => line.StartsWith("ERR:", StringComparison.Ordinal));
        Assert.Equal(
            WithFiles.Select(static name => $"WARN: /etc/courier/{name}rc: not there, so that {name} is passed over; write it, or take "
                + $"{name} out of authmodulelist"),
            daemon.LogLines.Where(line => line.StartsWith("WARN:", StringComparison.Ordinal) && line.Contains("passed over", StringComparison.Ordinal)));
    }

    /// <summary>By the start, not by each of the workers as well; what is written later is theirs to tell.</summary>
    [Fact]
    public async Task What_is_odd_in_a_file_is_said_once()
    {
        using SqliteFile file = await SqliteFile.NewAsync();
        using CourierSite site = new();
        site.WriteAuthdaemonrc("authsqlite", 3);
        string settings = file.Settings + "\nSQLITE_FILE x\nSQLITE_QUOTE_FIELD x\nSQLITE_NAME_FIELD again\n";
        site.Write("authsqliterc", settings);
        OurDaemon daemon = await OurDaemon.StartAsync(site);
        await using (daemon)
        {
            await daemon.LogHasAsync("SQLITE_FILE is not read: the name is SQLITE_DATABASE");
            for (int i = 0; i < 12; i++)
            {
                Assert.StartsWith("UID=1001\n", await AskAsync(daemon, Requests.Lookup("alice")), StringComparison.Ordinal);
            }
        }

        foreach (string doubt in (string[])["marker line not found in", "SQLITE_FILE is not read", "SQLITE_QUOTE_FIELD is not read", "SQLITE_NAME_FIELD is not read"])
        {
            Assert.Single(daemon.LogLines, line => line.Contains(doubt, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Where_only_such_modules_are_listed_nobody_is_told_that_he_does_not_exist()
    {
        using CourierSite site = new();
        site.WriteAuthdaemonrc("authpgsql authmysql", 1);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        Assert.Equal("", await AskAsync(daemon, Requests.Lookup("john")));
        Assert.Equal("", await AskAsync(daemon, Requests.Login("john", "x")));
        Assert.Equal("FAIL\n", await AskAsync(daemon, Requests.ChangePassword("john", "x", "y")));
        await daemon.LogHasAsync("reason=no module to ask, see authmodulelist");
    }

    [Fact]
    public async Task A_file_that_comes_is_used_and_one_that_goes_is_missed()
    {
        using SqliteFile file = await SqliteFile.NewAsync();
        using CourierSite site = await DaemonSite.NewAsync(1);
        site.WriteAuthdaemonrc("authsqlite authuserdb", 1);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        Assert.Equal("FAIL\n", await AskAsync(daemon, Requests.Lookup("alice")));

        site.Write("authsqliterc", "##NAME: MARKER:0\n" + file.Settings + "\n");
        Assert.StartsWith("UID=1001\n", await AskAsync(daemon, Requests.Lookup("alice")), StringComparison.Ordinal);
        await ReloadTests.ReloadAsync(daemon);

        string rc = Path.Combine(site.Config, "authsqliterc");
        string text = File.ReadAllText(rc);
        Assert.StartsWith("UID=1001\n", await AskAsync(daemon, Requests.Lookup("alice")), StringComparison.Ordinal);
        File.Delete(rc);
        Assert.StartsWith("UID=1001\n", await AskAsync(daemon, Requests.Lookup("alice")), StringComparison.Ordinal);

        // A reload can continue with the previous configuration.
        await ProcessRunner.SignalAsync(daemon.Pid, "HUP");
        await daemon.LogHasAsync("authsqliterc: the file was there and is gone: put it back, or take authsqlite out of authmodulelist");
        Assert.StartsWith("UID=1001\n", await AskAsync(daemon, Requests.Lookup("alice")), StringComparison.Ordinal);

        // A worker that has never read it at least knows that it should exist.
        int worker = Assert.Single(daemon.Workers);
        await ProcessRunner.SignalAsync(worker, "KILL");
        await Eventually.IsTrueAsync(() => daemon.Workers.Count == 1 && daemon.Workers[0] != worker, "the new worker");
        Assert.Equal("", await AskAsync(daemon, Requests.Lookup("alice")));
        await daemon.LogHasAsync("ERR: stat(/etc/courier/authsqliterc) failed");

        File.WriteAllText(rc, text);
        Assert.StartsWith("UID=1001\n", await AskAsync(daemon, Requests.Lookup("alice")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("authuserdb,authpam", "there is no module 'authuserdb,authpam': put blanks between the names, nothing else")]
    [InlineData("", "authmodulelist is empty, so that no account can be found")]
    [InlineData("AuthUserDB", "there is no module 'AuthUserDB': its name is authuserdb, in small letters")]
    public async Task A_list_of_nothing_is_said_loudly_at_a_start_and_by_check(string modules, string complaint)
    {
        using CourierSite site = await DaemonSite.NewAsync();
        site.WriteAuthdaemonrc(modules, 1);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await daemon.LogHasAsync($"ERR: /etc/courier/authdaemonrc:1: ");
        Assert.Contains(daemon.LogLines, line => line.Contains(complaint, StringComparison.Ordinal));
        Assert.Equal("", await AskAsync(daemon, DaemonSite.Lookup));

        ProgramResult check = await OurDaemon.RunAsync(site, await site.NewStateAsync(), "check");
        Assert.Equal(1, check.ExitCode);
        Assert.Contains(complaint, check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_list_with_a_mistake_what_exists_serves()
    {
        using CourierSite site = await DaemonSite.NewAsync();
        site.WriteAuthdaemonrc("authusrdb authuserdb", 1);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        Assert.True(await DaemonSite.AnswersAsync(daemon));
        Assert.Equal("FAIL\n", await AskAsync(daemon, Requests.Lookup("nobody")));
        Assert.Contains(
            "ERR: /etc/courier/authdaemonrc:1: authmodulelist: there is no module 'authusrdb' (did you mean authuserdb?)", daemon.LogLines);
    }
}
