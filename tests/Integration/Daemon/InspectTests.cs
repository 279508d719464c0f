// The views of the running daemon: stats, top, who, config, authtest --explain, metrics over HTTP; and the users who may ask.
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Daemon;

public sealed class InspectTests
{
    [Fact]
    public async Task Stats_counts_requests_clients_and_restarts()
    {
        using CourierSite site = await DaemonSite.NewAsync();
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await WorkersTests.HasWorkersAsync(daemon, 2);
        string before = await RunAsync(site, daemon, "stats", "--prometheus");
        await RawClient.AskAsync(daemon.SocketPath, DaemonSite.Lookup);
        await RawClient.AskAsync(daemon.SocketPath, Requests.Lookup("nobody"));
        await RawClient.AskAsync(daemon.SocketPath, Requests.Login(DaemonSite.User, DaemonSite.Password));
        await RawClient.AskAsync(daemon.SocketPath, Requests.Login(DaemonSite.User, "wrong"));
        await RawClient.AskAsync(daemon.SocketPath, "NONSENSE\n");
        await RawClient.AskAsync(daemon.SocketPath, "ENUMERATE\n");
        int[] workers = [.. daemon.Workers];
        foreach (int worker in workers)
        {
            await ProcessRunner.SignalAsync(worker, "KILL");
        }

        await Eventually.IsTrueAsync(() => daemon.Workers.Count == 2 && !daemon.Workers.Intersect(workers).Any(), "new workers");
        string after = "";
        await Eventually.IsTrueAsync(
            async () => Value(after = await RunAsync(site, daemon, "stats", "--prometheus"), "authdaemond_worker_restarts_total") == 2, "restarts");
        Assert.Equal(1, Grown("authdaemond_requests_total{module=\"authuserdb\",request=\"lookup\",outcome=\"accepted\"}"));
        Assert.Equal(1, Grown("authdaemond_requests_total{module=\"authuserdb\",request=\"lookup\",outcome=\"rejected\"}"));
        Assert.Equal(1, Grown("authdaemond_requests_total{module=\"authuserdb\",request=\"login\",outcome=\"accepted\"}"));
        Assert.Equal(1, Grown("authdaemond_requests_total{module=\"authuserdb\",request=\"login\",outcome=\"rejected\"}"));
        Assert.Equal(4, Grown("authdaemond_request_duration_seconds_count{module=\"authuserdb\"}"));
        Assert.Equal(1, Grown("authdaemond_bad_requests_total"));
        Assert.Equal(1, Grown("authdaemond_listings_total"));
        Assert.InRange(Grown("authdaemond_clients_accepted_total"), 6, 8); // and tests whether the daemon is there

        double Grown(string name) => Value(after, name) - Value(before, name);
    }

    [Fact]
    public async Task Stats_top_and_json_are_for_people_and_programs()
    {
        using CourierSite site = await DaemonSite.NewAsync();
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await RawClient.AskAsync(daemon.SocketPath, DaemonSite.Lookup);
        Assert.Matches("(?m)^authuserdb +[0-9]+ ", await RunAsync(site, daemon, "stats"));
        using JsonDocument json = JsonDocument.Parse(await RunAsync(site, daemon, "stats", "--json"));
        Assert.True(json.RootElement.GetProperty("authdaemond_clients_accepted").GetProperty("samples")[0].GetProperty("value").GetDouble() >= 1);
        string top = await RunAsync(site, daemon, "top", "2");
        Assert.Equal(2, Regex.Count(top, "lookups/s"));
        Assert.DoesNotContain("\u001b", top, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_shows_those_who_wait_and_what_for()
    {
        using CourierSite site = await DaemonSite.NewAsync(1, "[limits]\nidle-seconds = 600\nrequest-seconds = 600\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        using OpenClient silent = await OpenClient.ConnectAsync(daemon.SocketPath, "PRE . ");
        string who = "";
        await Eventually.IsTrueAsync(
            async () => (who = await RunAsync(site, daemon, "who")).Contains("(no request yet)", StringComparison.Ordinal), "the client");
        Assert.Contains($" {Environment.ProcessId} ", who, StringComparison.Ordinal);
        silent.Dispose();
        await Eventually.IsTrueAsync(
            async () => !(await RunAsync(site, daemon, "who")).Contains("(no request yet)", StringComparison.Ordinal), "its end");
    }

    [Fact]
    public async Task Metrics_are_served_over_a_socket_and_follow_a_reload()
    {
        using CourierSite site = await DaemonSite.NewAsync(2, "[metrics]\nlisten = unix:/run/courier/authdaemon/metrics\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        string path = Path.Combine(Path.GetDirectoryName(daemon.SocketPath)!, "metrics");
        await Eventually.IsTrueAsync(() => File.Exists(path), "the metrics socket");
        string reply = (await RawClient.AskAsync(path, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")).Text;
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", reply, StringComparison.Ordinal);
        Assert.EndsWith("# EOF\n", reply, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404", (await RawClient.AskAsync(path, "GET / HTTP/1.1\r\n\r\n")).Text, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400", (await RawClient.AskAsync(path, new string('x', 9000))).Text, StringComparison.Ordinal);
        Assert.Equal("", (await RawClient.AskAsync(path, new RawRequest("GET /metrics HTTP/1.1\r\n", HalfClose: true))).Text);

        site.Write("authdaemond.ini", "");
        await ProcessRunner.SignalAsync(daemon.Pid, "HUP");
        await Eventually.IsTrueAsync(() => !File.Exists(path), "the end of the socket");
        Assert.True(await DaemonSite.AnswersAsync(daemon));
    }

    [Fact]
    public async Task A_metrics_address_that_is_taken_is_said_and_the_daemon_serves()
    {
        using TcpListener taken = new(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        using CourierSite site = await DaemonSite.NewAsync(2, $"[metrics]\nlisten = {taken.LocalEndpoint}\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await daemon.LogHasAsync($"ERR: [metrics] listen = {taken.LocalEndpoint}: cannot listen there: ");
        Assert.True(await DaemonSite.AnswersAsync(daemon));
    }

    [Fact]
    public async Task The_control_socket_is_for_its_owner_and_stands_a_flood()
    {
        using CourierSite site = await DaemonSite.NewAsync();
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        string path = Path.Combine(Path.GetDirectoryName(daemon.SocketPath)!, "control");
        await Eventually.IsTrueAsync(() => File.Exists(path), "the control socket");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        List<OpenClient> flood = [];
        for (int i = 0; i < 50; i++)
        {
            flood.Add(await OpenClient.ConnectAsync(path, "FLUSH 5\n"));
        }

        for (int i = 0; i < 20; i++)
        {
            Assert.True(await DaemonSite.AnswersAsync(daemon));
        }

        flood.ForEach(static client => client.Dispose());
        foreach (string nonsense in new[] { "\n", "FLUSH\n", "FLUSH x\n", "FLUSH 99999999\n", new string('y', 100_000), "EXPLAIN 3\nabc", "NEW 0\n" })
        {
            string answer = (await RawClient.AskAsync(path, new RawRequest(nonsense, HalfClose: true))).Text;
            Assert.True(answer.Length == 0 || answer.StartsWith("NO ", StringComparison.Ordinal) || answer.StartsWith("OK ", StringComparison.Ordinal), answer);
        }

        await Eventually.IsTrueAsync(async () => (await OurDaemon.RunAsync(site, daemon.State, "stats")).ExitCode == 0, "room for a question");
        Assert.True(await DaemonSite.AnswersAsync(daemon));
    }

    [Fact]
    public async Task The_commands_say_why_they_cannot_ask()
    {
        using CourierSite site = await DaemonSite.NewAsync();
        ProgramResult none = await OurDaemon.RunAsync(site, await site.NewStateAsync(), "stats");
        Assert.Equal(1, none.ExitCode);
        Assert.Contains("/run/courier/authdaemon/control: no authdaemond", none.Error, StringComparison.Ordinal);

        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        ProgramResult stranger = await ProcessRunner.RunAsync(site.Inside(
            daemon.State, ["setpriv", "--reuid=courier", "--regid=courier", "--clear-groups", OurDaemon.Binary, "who"]));
        Assert.Equal(1, stranger.ExitCode);
        ProgramResult wrong = await OurDaemon.RunAsync(site, daemon.State, "stats", "--xml");
        Assert.Equal((1, "Usage: authdaemond stats [--json | --prometheus]\n"), (wrong.ExitCode, wrong.Error));
    }

    [Fact]
    public async Task Explain_tells_the_story_of_a_request()
    {
        using CourierSite site = await DaemonSite.NewAsync();
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        ProgramResult login = await ExplainAsync("-s", "imap", DaemonSite.User, DaemonSite.Password);
        Assert.Equal(0, login.ExitCode);
        Assert.Contains($"login (AUTH) of {DaemonSite.User}, service imap, by worker ", login.Output, StringComparison.Ordinal);
        Assert.Contains("found: sysusername=<null>, sysuserid=2001, ", login.Output, StringComparison.Ordinal);
        Assert.Contains("stored password: MD5-crypt\n", login.Output, StringComparison.Ordinal);
        Assert.EndsWith("verdict: accepted by authuserdb\n", login.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("qjXMvbEw8oaL", login.Output, StringComparison.Ordinal);
        Assert.Contains("qjXMvbEw8oaL", (await ExplainAsync("-v", DaemonSite.User)).Output, StringComparison.Ordinal);

        ProgramResult wrong = await ExplainAsync(DaemonSite.User, "guess");
        Assert.Contains("answer: rejected, wrong password, ", wrong.Output, StringComparison.Ordinal);
        Assert.EndsWith("verdict: rejected by all modules\n", wrong.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("guess", wrong.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(daemon.LogLines, static line => line.Contains("guess", StringComparison.Ordinal));

        Task<ProgramResult> ExplainAsync(params string[] arguments) =>
            OurDaemon.RunAsync(site, daemon.State, ["authtest", "--explain", .. arguments]);
    }

    [Fact]
    public async Task Config_shows_what_is_in_force_and_where_it_comes_from()
    {
        using CourierSite site = await DaemonSite.NewAsync(3, "\n[limits]\n; a comment\nconnections = 50\n");
        site.WriteAuthdaemonrc("authuserdb authpgsql", 3);
        site.WriteAuthpgsqlrc("host=db user=mail password=hush", "PGSQL_USER_TABLE passwd");
        string state = await site.NewStateAsync();
        string all = (await OurDaemon.RunAsync(site, state, "config")).Output;
        Assert.Contains("daemons=3    # /etc/courier/authdaemonrc:2\n", all, StringComparison.Ordinal);
        Assert.Contains("DEBUG_LOGIN=0    # default\n", all, StringComparison.Ordinal);
        Assert.Contains("[limits]\nconnections = 50    # /etc/courier/authdaemond.ini:4\nidle-seconds = 10    # default\n", all, StringComparison.Ordinal);
        Assert.Contains("PGSQL_CONNECTION host=db user=mail password=(secret)    # /etc/courier/authpgsqlrc:2\n", all, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", all, StringComparison.Ordinal);
        string changed = (await OurDaemon.RunAsync(site, state, "config", "-n")).Output;
        Assert.DoesNotContain("# default", changed, StringComparison.Ordinal);
        Assert.Contains("connections = 50 ", changed, StringComparison.Ordinal);
    }

    /// <summary>The output of a command, which must succeed.</summary>
    internal static async Task<string> RunAsync(CourierSite site, OurDaemon daemon, params string[] arguments)
    {
        await Eventually.IsTrueAsync(() => File.Exists(Path.Combine(daemon.State, "control")), "the control socket");
        ProgramResult result = await OurDaemon.RunAsync(site, daemon.State, arguments);
        Assert.True(result.ExitCode == 0, result.Error);
        return result.Output;
    }

    /// <summary>The value of one line of OpenMetrics.</summary>
    internal static double Value(string metrics, string name) => double.Parse(
        metrics.Split('\n').Single(line => line.StartsWith(name + ' ', StringComparison.Ordinal))[(name.Length + 1)..],
        CultureInfo.InvariantCulture);
}
