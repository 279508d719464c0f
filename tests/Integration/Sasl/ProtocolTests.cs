// The socket for mail servers, with hand-made requests: those that real servers never send, and those that they rely on.
using System.Text.RegularExpressions;
using Authd.Tests.Integration.Daemon;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Sasl;

public sealed partial class ProtocolTests : IDisposable
{
    private const string Handshake = "VERSION\t1\t2\nCPID\t1\n";
    private readonly ScratchDirectory _scratch = new();

    private string Socket => _scratch["auth"];

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task The_server_speaks_first_and_offers_what_accounts_could_use()
    {
        using CourierSite site = await SiteAsync("mechanisms = plain login cram-md5 scram-sha-256\n");
        await using OurDaemon daemon = await StartAsync(site);
        Assert.Matches(ServerHandshake(), (await RawClient.AskAsync(Socket, Handshake)).Text);
        await daemon.LogHasAsync("[sasl] mechanisms: SCRAM-SHA-256 is not offered: no module of authmodulelist has a clear-text "
            + "password for an account");
    }

    [Fact]
    public async Task Logins_do_not_wait_for_each_other()
    {
        using CourierSite site = await SiteAsync(more: "[penalty]\ndelays = 4\n");
        await using OurDaemon daemon = await StartAsync(site);
        string[] replies = await AskAsync(
            Plain(1, DaemonSite.SlowUser, DaemonSite.Password) + Plain(2, DaemonSite.User, "wrong")
            + Plain(3, DaemonSite.User, DaemonSite.Password));
        Assert.Equal("OK\t3\tuser=john@example.com", replies[0]);
        Assert.Equal(["FAIL\t2\tuser=john@example.com", "OK\t1\tuser=slow"], replies[1..].Order());
    }

    [Fact]
    public async Task Whatever_a_mail_client_sends_ends_its_login_and_not_the_connection()
    {
        using CourierSite site = await SiteAsync();
        await using OurDaemon daemon = await StartAsync(site);
        string[] replies = await AskAsync(
            "AUTH\t1\tPLAIN\tservice=smtp\tresp=!!!\n"
            + "AUTH\t2\tNTLM\tservice=smtp\n"
            + $"AUTH\t3\tPLAIN\tservice=smtp\tresp={Requests.Base64("no NUL")}\n"
            + "AUTH\t4\tLOGIN\tservice=smtp\nCANCEL\t4\n"
            + "CANCEL\t99\n"
            + $"CONT\t4\t{Requests.Base64("john")}\n"
            + Plain(5, DaemonSite.User, DaemonSite.Password));
        Assert.Equal(
            ["FAIL\t1", "FAIL\t2", "FAIL\t3", "CONT\t4\tVXNlcm5hbWU6", "FAIL\t4", "OK\t5\tuser=john@example.com"], replies);
    }

    [Fact]
    public async Task A_temporary_failure_is_said_to_those_who_know_it_and_for_the_others_the_connection_is_lost()
    {
        using CourierSite site = await SiteAsync();
        site.WriteAuthdaemonrc("authuserdb authpgsql");
        site.WriteAuthpgsqlrc("host=/nonexistent dbname=mail", "PGSQL_USER_TABLE passwd", "PGSQL_CRYPT_PWFIELD crypt");
        await using OurDaemon daemon = await StartAsync(site);
        string logins = Plain(1, DaemonSite.User, DaemonSite.Password) + Plain(2, "away", "x") + Plain(3, DaemonSite.SlowUser, DaemonSite.Password);
        Assert.Equal(
            ["FAIL\t2\tuser=away\ttemp\tcode=temp_fail", "OK\t1\tuser=john@example.com", "OK\t3\tuser=slow"],
            (await AskAsync(logins)).Order());
        string old = (await RawClient.AskAsync(Socket, "VERSION\t1\t0\nCPID\t1\n" + logins)).Text;
        Assert.EndsWith("DONE\nOK\t1\tuser=john@example.com\nOK\t3\tuser=slow\n", old, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\n", "a line that is no command of the authentication protocol")]
    [InlineData("VERSION\t2\t0\n", "it speaks version 2 of the authentication protocol, not 1")]
    [InlineData("AUTH\t1\tLOGIN\tservice=smtp\nAUTH\t1\tLOGIN\tservice=smtp\n", "it begins a login with the id 1, which another one has")]
    public async Task Garbage_ends_the_connection_with_one_line(string garbage, string line)
    {
        using CourierSite site = await SiteAsync();
        await using OurDaemon daemon = await StartAsync(site);
        await RawClient.AskAsync(Socket, Handshake + garbage + garbage);
        await daemon.LogHasAsync($"WARN: [sasl] a client is closed: {line}");
        Assert.Single(daemon.LogLines, static text => text.Contains("[sasl]", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_line_without_an_end_is_not_kept()
    {
        using CourierSite site = await SiteAsync();
        await using OurDaemon daemon = await StartAsync(site);
        await RawClient.AskAsync(Socket, Handshake + "AUTH\t1\tPLAIN\tresp=" + new string('A', 20_000));
        await daemon.LogHasAsync("WARN: [sasl] a client is closed: it sends more than 16384 bytes that are no request");
    }

    [Fact]
    public async Task More_logins_than_run_at_once_are_all_answered()
    {
        using CourierSite site = await SiteAsync();
        await using OurDaemon daemon = await StartAsync(site);
        const int many = 500;
        string[] replies = await AskAsync(string.Concat(
            Enumerable.Range(1, many).Select(static i => Plain(i, DaemonSite.User, i % 2 == 0 ? DaemonSite.Password : "wrong"))));
        Assert.Equal(
            Enumerable.Range(1, many).Select(static i => $"{(i % 2 == 0 ? "OK" : "FAIL")}\t{i}\tuser=john@example.com").Order(),
            replies.Order());
    }

    [Fact]
    public async Task A_directory_that_is_missing_is_told_with_its_cure_and_waited_for()
    {
        string directory = _scratch["later"];
        using CourierSite site = await DaemonSite.NewAsync(1, $"[sasl]\nlisten = {directory}/auth\nowner = root\n");
        string state = await site.NewStateAsync();
        ProgramResult check = await OurDaemon.RunAsync(site, state, "check");
        Assert.Contains($"there is no directory {directory}, so that no mail server can connect; make it", check.Output + check.Error,
            StringComparison.Ordinal);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site, state);
        await daemon.LogHasAsync($"ERR: [sasl] listen = {directory}/auth: ");
        Assert.True(await DaemonSite.AnswersAsync(daemon));
        Directory.CreateDirectory(directory);
        await Eventually.IsTrueAsync(() => File.Exists(directory + "/auth"), "the socket");
        Assert.Matches("^VERSION\t1\t2\n", (await RawClient.AskAsync(directory + "/auth", Handshake)).Text);
    }

    [Fact]
    public async Task A_directory_that_the_mail_server_cannot_enter_is_told()
    {
        string directory = Directory.CreateDirectory(_scratch["closed"]).FullName;
        File.SetUnixFileMode(directory, (UnixFileMode)Convert.ToInt32("700", 8));
        using CourierSite site = await DaemonSite.NewAsync(1, $"[sasl]\nlisten = {directory}/auth\nowner = nobody\n");
        ProgramResult check = await OurDaemon.RunAsync(site, await site.NewStateAsync(), "check");
        Assert.Contains($"{directory} lets neither the socket's owner nobody nor its group pass", check.Output + check.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reload_moves_the_socket_and_one_that_fails_does_not()
    {
        using CourierSite site = await SiteAsync();
        await using OurDaemon daemon = await StartAsync(site);
        site.Write("authdaemond.ini", $"[sasl]\nlisten = {_scratch["other"]}\nowner = nosuchuser\n");
        await ProcessRunner.SignalAsync(daemon.Pid, "HUP");
        await daemon.LogHasAsync("[sasl] owner must be a user of this machine, by name or number, not 'nosuchuser'; not reloaded");
        Assert.True(File.Exists(Socket));

        site.Write("authdaemond.ini", $"[sasl]\nlisten = {_scratch["other"]}\nowner = root\nmode = 0600\n");
        await ProcessRunner.SignalAsync(daemon.Pid, "HUP");
        await Eventually.IsTrueAsync(() => File.Exists(_scratch["other"]) && !File.Exists(Socket), "the move");
        Assert.Matches("^VERSION\t1\t2\n", (await RawClient.AskAsync(_scratch["other"], Handshake)).Text);
        Assert.Equal("600 root root\n", await ProcessRunner.RunOrThrowAsync(["stat", "-c", "%a %U %G", _scratch["other"]]));
    }

    [GeneratedRegex("^VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nMECH\tLOGIN\tplaintext\nMECH\tCRAM-MD5\tdictionary\tactive\n"
        + "SPID\t[0-9]+\nCUID\t[0-9]+\nCOOKIE\t[0-9a-f]{32}\nDONE\n$")]
    private static partial Regex ServerHandshake();

    private static string Plain(int id, string user, string password) =>
        $"AUTH\t{id}\tPLAIN\tservice=smtp\trip=192.0.2.7\tresp={Requests.Base64($"\0{user}\0{password}")}\n";

    private Task<OurDaemon> StartAsync(CourierSite site) => SaslSite.StartAsync(site, Socket);

    private async Task<CourierSite> SiteAsync(string sasl = "", string more = "") =>
        await DaemonSite.NewAsync(2, $"[sasl]\nlisten = {Socket}\nowner = root\n{sasl}{more}");

    /// <summary>The lines after the server's handshake.</summary>
    private async Task<string[]> AskAsync(string lines)
    {
        string text = (await RawClient.AskAsync(Socket, Handshake + lines)).Text;
        return text[(text.IndexOf("DONE\n", StringComparison.Ordinal) + 5)..].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
