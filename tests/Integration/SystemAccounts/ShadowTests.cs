// authshadow: users with their hashes and expiry dates in the shadow file.
using System.Globalization;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.SystemAccounts;

public class ShadowTests
{
    private const string Passwd =
        $"brian:x:1001:1002:Brian,,,:/home/brian:/bin/bash\nmary:{SystemSite.Hash}:1003:1003::/home/mary:/bin/sh\n";

    private const string Brian = "USERNAME=brian\nGID=1002\nHOME=/home/brian\nADDRESS=brian\nNAME=Brian\n";

    private static readonly long Today = (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Days;

    [Theory]
    // Last change, minimum, maximum, warning, inactivity, expiry, reserved.
    [InlineData("::::::")]
    [InlineData("{0}:0:99999:7:::")]
    [InlineData("{0}:5:90:7:1:{1}:")]
    [InlineData("0::::::")]
    [InlineData(":0:1:7:::")]
    public async Task Lookups_and_logins(string dates)
    {
        using SystemSite site = await SystemSite.NewAsync("authshadow", Passwd, $"brian:{SystemSite.Hash}:{Dates(dates)}\n");
        await using OurDaemon daemon = await site.StartAsync();

        Assert.Equal($"{Brian}PASSWD={SystemSite.Hash}\n.\n", await Ask(daemon, Requests.Lookup("brian")));
        Assert.Equal(
            $"{Brian}PASSWD={SystemSite.Hash}\nPASSWD2=password\n.\n",
            await Ask(daemon, Requests.Login("brian", "password")));
        Assert.Equal("FAIL\n", await Ask(daemon, Requests.Login("brian", "passwore")));
        Assert.Equal("FAIL\n", await Ask(daemon, Requests.Lookup("nobody")));
        Assert.Equal(
            "# authshadow\n\nbrian\t1001\t1002\t/home/brian\t\t\nmary\t1003\t1003\t/home/mary\t\t\n.\n",
            await Ask(daemon, Requests.Enumerate));
    }

    [Theory]
    [InlineData("{0}:0:99999:7::1:", "account expired")]
    [InlineData("{0}:0:99999:7::{2}:", "account expired")]
    [InlineData("{2}:0:0:7:::", "password expired")]
    [InlineData("0:0:90:7:::", "password expired")]
    public async Task What_has_expired_is_refused_to_lookups_as_well_and_the_log_says_so(string dates, string what)
    {
        using SystemSite site = await SystemSite.NewAsync("authshadow", Passwd, $"brian:{SystemSite.Hash}:{Dates(dates)}\n");
        await using OurDaemon daemon = await site.StartAsync();

        Assert.Equal("FAIL\n", await Ask(daemon, Requests.Lookup("brian")));
        Assert.Contains(
            $"INFO: authshadow: brian - {what}",
            await SystemSite.LogOfAsync(daemon, Requests.Lookup("brian")));
        Assert.Contains(
            $"INFO: LOGIN FAILED, user=brian, ip=[], service=imap, module=authshadow, reason={what}",
            await SystemSite.LogOfAsync(daemon, Requests.Login("brian", "password")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("*")]
    [InlineData("!")]
    [InlineData("!!")]
    [InlineData("!*")]
    [InlineData("!" + SystemSite.Hash)]
    [InlineData("!{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=")]
    public async Task Locked_accounts_are_found_but_never_logged_in(string hash)
    {
        using SystemSite site = await SystemSite.NewAsync(
            "authshadow", Passwd, $"brian:{hash}:{Dates("{0}:0:99999:7:::")}\n");
        await using OurDaemon daemon = await site.StartAsync();

        Assert.Equal($"{Brian}PASSWD={hash}\n.\n", await Ask(daemon, Requests.Lookup("brian")));
        foreach (string password in (string[])["password", "x", "!", "*", "!!", " ", hash])
        {
            Assert.Equal("FAIL\n", await Ask(daemon, Requests.Login("brian", password)));
        }

        Assert.Equal("FAIL\n", await Ask(daemon, Requests.Auth("imap", "login", "brian\n\n")));
    }

    [Fact]
    public async Task A_user_without_a_shadow_entry_is_unknown()
    {
        using SystemSite site = await SystemSite.NewAsync("authshadow", Passwd, $"brian:{SystemSite.Hash}:1::::::\n");
        await using OurDaemon daemon = await site.StartAsync();

        Assert.Equal("FAIL\n", await Ask(daemon, Requests.Lookup("mary")));
        Assert.Contains(
            "DEBUG: authshadow: username 'mary' not found in shadow file",
            await SystemSite.LogOfAsync(daemon, Requests.Login("mary", "password")));
    }

    [Fact]
    public async Task A_shadow_file_that_cannot_be_read_is_a_temporary_failure_and_said_once()
    {
        using SystemSite site = await SystemSite.NewAsync(
            "authshadow authpwd", Passwd, $"brian:{SystemSite.Hash}:1::::::\n");
        File.SetUnixFileMode(site.Etc["shadow"], UnixFileMode.None);
        string state = await site.Site.NewStateAsync();
        File.SetUnixFileMode(state, (UnixFileMode)Convert.ToInt32("777", 8));
        await using OurDaemon daemon = await OurDaemon.StartAsync(
            site.Site, state, "setpriv", "--bounding-set", "-dac_override,-dac_read_search");

        Assert.Equal("", await Ask(daemon, Requests.Lookup("brian")));
        Assert.Equal("", await Ask(daemon, Requests.Login("brian", "password")));

        // authpwd does not need it.
        Assert.Equal(
            $"USERNAME=mary\nGID=1003\nHOME=/home/mary\nADDRESS=mary\nNAME=\nPASSWD={SystemSite.Hash}\n.\n",
            await Ask(daemon, Requests.Lookup("mary", selector: "authpwd")));
        await daemon.LogHasAsync("ERR: ");
        string line = Assert.Single(daemon.LogLines, line => line.StartsWith("ERR: ", StringComparison.Ordinal));
        Assert.Equal("ERR: authshadow: getspnam: Permission denied", line);
    }

    /// <summary>Fills in today, tomorrow and yesterday, as day numbers.</summary>
    private static string Dates(string format) =>
        string.Format(CultureInfo.InvariantCulture, format, Today, Today + 1, Today - 1);

    private static Task<string> Ask(OurDaemon daemon, string request) => SystemSite.AskAsync(daemon, request);
}
