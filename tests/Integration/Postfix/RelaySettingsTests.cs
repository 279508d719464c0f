// The daemon's messages about wrong settings of authpostfix.
using Authd.Tests.Integration.Daemon;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Postfix;

public sealed class RelaySettingsTests
{
    [Fact]
    public async Task A_wrong_table_and_a_wrong_place_in_the_list_are_warned_about_and_the_daemon_serves()
    {
        using CourierSite site = await RelaySite.NewAsync("hash:/etc/postfix/logins");
        site.WriteAuthdaemonrc("authpostfix authuserdb", 2, "LOGINDB=hash:/etc/postfix/logins");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);

        await daemon.LogHasAsync("authpostfix records nothing");
        Assert.Equal(
            [
                "WARN: /etc/courier/authdaemonrc: authmodulelist: authpostfix is not the last module "
                    + "(it records the logins of those after it as well)",
                "WARN: /etc/courier/authdaemonrc: LOGINDB: every change of a hash: table makes Postfix restart its processes: "
                    + "use lmdb: in its place, or socketmap:; authpostfix records nothing",
            ],
            daemon.LogLines.Where(line => line.StartsWith("WARN", StringComparison.Ordinal)));
        await RelaySite.LoginAsync(daemon, "192.0.2.7");
        Assert.Equal("FAIL\n", (await RawClient.AskAsync(
            daemon.SocketPath, Requests.Lookup(DaemonSite.User, selector: "authpostfix"))).Text);
    }

    [Fact]
    public async Task A_map_file_that_cannot_be_used_is_told_once_with_its_place_and_read_again()
    {
        using CourierSite site = new();
        string map = site.Scratch["logins.cf"];
        await File.WriteAllTextAsync(map, "user = mail\nquery = SELECT lookup('%s')\n");
        using CourierSite relay = await RelaySite.NewAsync("sqlite:" + map);
        await using OurDaemon daemon = await OurDaemon.StartAsync(relay);

        await RelaySite.LoginAsync(daemon, "192.0.2.7");
        await daemon.LogHasAsync(
            $"ERR: authpostfix: {map}:2: query: is not of the form SELECT value FROM table WHERE key = '%s'");
        await ProcessRunner.RunOrThrowAsync(
            ["sqlite3", site.Scratch["logins.db"], "CREATE TABLE t (k TEXT PRIMARY KEY, v TEXT)"]);
        await File.AppendAllTextAsync(
            map, $"table = t\nwhere_field = k\nselect_field = v\ndbpath = {site.Scratch["logins.db"]}\n");
        await daemon.LogHasAsync("INFO: authpostfix: the login table can be written to again");
        Assert.Equal(
            "192.0.2.7\n", await ProcessRunner.RunOrThrowAsync(["sqlite3", site.Scratch["logins.db"], "SELECT k FROM t"]));
    }
}
