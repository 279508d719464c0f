// The answer to AUTH during an outage of a back end: silence only for clients that do not take it for success.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Daemon;

public class TemporaryFailureTests
{
    // No server listens on this port: each request fails temporarily.
    private const string ServerAway = """
        PGSQL_CONNECTION host=127.0.0.1 port=1 dbname=mail user=courier password=secret
        PGSQL_USER_TABLE users
        PGSQL_CLEAR_PWFIELD clear

        """;

    private static string Login(string service)
    {
        string payload = $"{service}\nlogin\njohn@example.com\nsecret\n";
        return $"AUTH {payload.Length}\n{payload}";
    }

    private static CourierSite Site(string ini = "")
    {
        CourierSite site = new();
        site.WriteAuthdaemonrc("authpgsql", 1);
        site.Write("authpgsqlrc", ServerAway);
        if (ini.Length > 0)
        {
            site.Write("authdaemond.ini", ini);
        }

        return site;
    }

    [Theory]
    [InlineData("imap", "")]
    [InlineData("pop3", "")]
    [InlineData("esmtp", "")]
    [InlineData("smtp", "")]
    [InlineData("exim", "FAIL\n")]
    [InlineData("IMAP", "FAIL\n")]
    [InlineData("my script", "FAIL\n")]
    [InlineData("", "FAIL\n")]
    public async Task Only_services_that_understand_it_get_silence(string service, string reply)
    {
        using CourierSite site = Site();
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);

        Assert.Equal(new RawReply(reply, Ending.Closed), await RawClient.AskAsync(daemon.SocketPath, Login(service)));
    }

    [Fact]
    public async Task A_client_that_half_closes_is_refused_whatever_its_service()
    {
        using CourierSite site = Site();
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);

        RawReply reply = await RawClient.AskAsync(daemon.SocketPath, new RawRequest(Login("smtp"), HalfClose: true));

        Assert.Equal(new RawReply("FAIL\n", Ending.Closed), reply);
        await daemon.LogHasAsync("service smtp: a login that cannot be judged now is answered with FAIL");
    }

    [Fact]
    public async Task The_log_says_once_why_and_what_to_do()
    {
        using CourierSite site = Site();
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        for (int i = 0; i < 3; i++)
        {
            await RawClient.AskAsync(daemon.SocketPath, Login("exim"));
        }

        await daemon.LogHasAsync("add the service to [replies] temporary-failure-services in /etc/courier/authdaemond.ini");
        Assert.Single(daemon.LogLines, line => line.Contains("service exim: a login", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_services_are_a_setting()
    {
        using CourierSite site = Site("[replies]\ntemporary-failure-services = exim, mine\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);

        Assert.Equal("", (await RawClient.AskAsync(daemon.SocketPath, Login("mine"))).Text);
        Assert.Equal("FAIL\n", (await RawClient.AskAsync(daemon.SocketPath, Login("imap"))).Text);
    }

    [Fact]
    public async Task A_request_that_takes_too_long_is_no_silence_either()
    {
        using CourierSite site = new();
        site.WriteAuthdaemonrc("authpipe", 1);
        site.Write("authdaemond.ini", $"[limits]\nrequest-seconds = 2\n[pipe]\ntimeout = 20\nprogram = {site.Scratch["slow"]}\n");
        File.WriteAllText(site.Scratch["slow"], "#!/bin/sh\nsleep 60\n");
        File.SetUnixFileMode(site.Scratch["slow"], (UnixFileMode)Convert.ToInt32("755", 8));
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);

        Assert.Equal("FAIL\n", (await RawClient.AskAsync(daemon.SocketPath, Login("script"))).Text);
        Assert.Equal("", (await RawClient.AskAsync(daemon.SocketPath, Login("imap"))).Text);
    }

    private const string Ask = @"${readsocket{SOCKET}{AUTH ${strlen:SERVICE\nlogin\n$auth2\n$auth3\n}\nSERVICE\nlogin\n$auth2\n$auth3\n}OPTIONS}";
    private const string TakesAllButFail = @"${if eq{" + Ask + @"}{FAIL\n}{no}{yes}}";
    private const string TakesAnAccount = @"${if match{" + Ask + @"}{\N(?m)^ADDRESS=.\N}{yes}{no}}";
    private const string ExtractsTheAddress = "${extract{ADDRESS}{" + Ask + "}{yes}{no}}";
    private const string Defers = @"${sg{${sg{${sg{" + Ask + @"}{\N(?s)^(.*\n)?ADDRESS=..*\N}{yes}}}{\N^FAIL\s*$\N}{no}}}{\N^$\N}{passwords cannot be checked now}}";

    [Theory]
    [InlineData(TakesAllButFail, "exim", "")]
    [InlineData(TakesAllButFail, "exim", "{10s:shutdown=no}")]
    [InlineData(TakesAllButFail, "smtp", "")]
    [InlineData(TakesAnAccount, "exim", "")]
    [InlineData(TakesAnAccount, "smtp", "{10s:shutdown=no}")]
    [InlineData(ExtractsTheAddress, "exim", "{5s}{ }")]
    public async Task Exim_lets_nobody_in_during_an_outage(string recipe, string service, string options)
    {
        using CourierSite site = Site();
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        using EximServer exim = await EximForAsync(daemon, recipe, service, options);

        Assert.StartsWith("535 ", await exim.LoginAsync("john@example.com", "secret"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exim_defers_with_the_recipe_that_understands_silence()
    {
        using CourierSite site = Site();
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        using EximServer exim = await EximForAsync(daemon, Defers, "smtp", "{25s:shutdown=no}");

        Assert.StartsWith("435 ", await exim.LoginAsync("john@example.com", "secret"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TakesAllButFail, "")]
    [InlineData(TakesAnAccount, "")]
    [InlineData(ExtractsTheAddress, "{5s}{ }")]
    [InlineData(Defers, "{25s:shutdown=no}")]
    public async Task Exim_tells_right_from_wrong(string recipe, string options)
    {
        using CourierSite site = await DaemonSite.NewAsync();
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        using EximServer exim = await EximForAsync(daemon, recipe, "exim", options);

        Assert.StartsWith("235 ", await exim.LoginAsync(DaemonSite.User, DaemonSite.Password), StringComparison.Ordinal);
        Assert.StartsWith("535 ", await exim.LoginAsync(DaemonSite.User, "wrong"), StringComparison.Ordinal);
        Assert.StartsWith("535 ", await exim.LoginAsync("nobody", DaemonSite.Password), StringComparison.Ordinal);
    }

    private static async Task<EximServer> EximForAsync(OurDaemon daemon, string recipe, string service, string options)
    {
        // The socket's directory is for users who may ask: here Exim's user is one of them.
        await ProcessRunner.RunOrThrowAsync(["chmod", "a+rX", Path.GetDirectoryName(daemon.SocketPath)!]);
        return new EximServer(recipe
            .Replace("SOCKET", daemon.SocketPath, StringComparison.Ordinal)
            .Replace("SERVICE", service, StringComparison.Ordinal)
            .Replace("OPTIONS", options, StringComparison.Ordinal));
    }
}
