// Metrics as text, over HTTP, and the dashboard that shows them.
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Core.Metrics;
using Authd.Daemon.Commands;
using Authd.Daemon.Control;
using Authd.Daemon.Metrics;
using Authd.Daemon.Systemd;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Unit.Daemon;

public sealed partial class MetricsTests
{
    private static readonly DateTimeOffset Time = DateTimeOffset.FromUnixTimeSeconds(1_000_000);

    [Fact]
    public void OpenMetrics_are_complete_and_well_formed()
    {
        string[] lines = OpenMetrics.Write(MetricFamilies.Of(Counted())).Split('\n');
        Assert.Equal(["# EOF", ""], lines[^2..]);
        HashSet<string> types = [];
        string family = "";
        foreach (string line in lines[..^2])
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                family = line.Split(' ')[2];
                Assert.True(types.Add(family), line);
            }
            else if (!line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                Assert.Matches(SampleLine(), line);
                Assert.StartsWith(family, line, StringComparison.Ordinal);
            }
        }

        Assert.Contains("authdaemond_requests_total{module=\"authpgsql\",request=\"login\",outcome=\"rejected\"} 2", lines);
        Assert.Contains("authdaemond_request_duration_seconds_bucket{module=\"authpgsql\",le=\"+Inf\"} 3", lines);
        Assert.Contains("authdaemond_request_duration_seconds_count{module=\"authpgsql\"} 3", lines);
        Assert.Contains("authdaemond_backend_away{module=\"authpgsql\"} 1", lines);
        Assert.Contains("authdaemond_clients_accepted_total 3", lines);
        Assert.Contains("authdaemond_workers 1", lines);
    }

    [Fact]
    public void The_dashboard_and_the_alerts_name_metrics_that_there_are()
    {
        string[] known =
        [
            .. MetricFamilies.Of(Counted()).SelectMany(static family => family.Samples.Select(sample => family.Name + sample.Suffix)).Distinct(),
        ];
        string text = File.ReadAllText(Path.Combine(Repository.Root, "packaging", "examples", "grafana-dashboard.json"));
        using JsonDocument dashboard = JsonDocument.Parse(text);
        string[] named = [.. MetricName().Matches(text).Select(static match => match.Value).Distinct()];
        Assert.True(named.Length >= 10);
        Assert.Empty(named.Except(known));
    }

    [Fact]
    public void A_copy_holds_what_was_counted_and_another_version_is_refused()
    {
        byte[] copy = CounterCopy.Pack(Counted());
        Assert.Equal(StatsTable.Of(Counted(), Time), StatsTable.Of(CounterCopy.Unpack(copy), Time));
        Assert.Throws<IOException>(() => CounterCopy.Unpack(copy.AsSpan(..^1)));
        Assert.Throws<IOException>(() => CounterCopy.Unpack([]));
        copy[0]++;
        Assert.Throws<IOException>(() => CounterCopy.Unpack(copy));
    }

    [Fact]
    public void The_table_shows_sums_and_rates()
    {
        string table = StatsTable.Of(Counted(), Time.AddHours(3));
        Assert.Contains("running    3 h 0 min, 1 workers", table, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^authpgsql +1 +2 +0 +2 +0 +<\S+ +<\S+ .* away$", table);
        string rates = StatsTable.Of(Counted(), Time, Empty(), seconds: 2);
        Assert.Matches(@"(?m)^authpgsql +0\.5 +1 +0 +1 +0 ", rates);
        string who = StatsTable.Clients(Counted(), Time.AddSeconds(4), static pid => $"program{pid}");
        Assert.Matches(@"(?m)^17 +99 +program99 +4\.0  PRE imap john$", who);
    }

    [Fact]
    public void Json_is_json()
    {
        using JsonDocument json = JsonDocument.Parse(MetricsJson.Write(MetricFamilies.Of(Counted())));
        Assert.Equal(3, json.RootElement.GetProperty("authdaemond_clients_accepted").GetProperty("samples")[0].GetProperty("value").GetDouble());
    }

    [Theory]
    [InlineData("GET /metrics HTTP/1.1", "HTTP/1.1 200 OK")]
    [InlineData("GET /metrics?x=y HTTP/1.0", "HTTP/1.1 200 OK")]
    [InlineData("GET / HTTP/1.1", "HTTP/1.1 404 Not Found")]
    [InlineData("POST /metrics HTTP/1.1", "HTTP/1.1 405 Method Not Allowed")]
    [InlineData("GET /metrics", "HTTP/1.1 400 Bad Request")]
    [InlineData("", "HTTP/1.1 400 Bad Request")]
    [InlineData("  HTTP/1.1", "HTTP/1.1 400 Bad Request")]
    public void Http_is_answered_as_it_must_be(string line, string status)
    {
        string answer = Encoding.UTF8.GetString(MetricsServer.Answer(line, static () => "m 1\n"));
        string[] parts = answer.Split("\r\n\r\n");
        Assert.StartsWith(status + "\r\n", parts[0], StringComparison.Ordinal);
        Assert.Contains($"\r\nContent-Length: {parts[1].Length}\r\n", parts[0], StringComparison.Ordinal);
        Assert.EndsWith("Connection: close", parts[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Head_has_no_body() =>
        Assert.EndsWith("Content-Length: 4\r\nConnection: close\r\n\r\n",
            Encoding.UTF8.GetString(MetricsServer.Answer("HEAD /metrics HTTP/1.1", static () => "m 1\n")), StringComparison.Ordinal);

    [Theory]
    [InlineData("unix:/run/metrics.sock", true)]
    [InlineData("127.0.0.1:9753", true)]
    [InlineData("[::1]:9753", true)]
    [InlineData("0.0.0.0:9753", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("unix:relative", false)]
    [InlineData("localhost:9753", false)]
    [InlineData("", false)]
    public void Metrics_are_served_on_this_machine_only(string listen, bool isRight)
    {
        DaemonIni ini = DaemonIni.Parse("x.ini", $"[metrics]\nlisten = {listen}\n");
        if (isRight)
        {
            Assert.NotNull(MetricsAddress.Read(ini));
        }
        else
        {
            Assert.Contains("[metrics] listen must be", Assert.Throws<ConfigurationException>(() => MetricsAddress.Read(ini)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("COUNTERS 0", "COUNTERS", 0)]
    [InlineData("FLUSH 16384", "FLUSH", 16384)]
    [InlineData("FLUSH 16385", null, 0)]
    [InlineData("FLUSH -1", null, 0)]
    [InlineData("FLUSH", null, 0)]
    [InlineData(" 5", null, 0)]
    [InlineData("FLUSH 5 5", null, 0)]
    [InlineData("FLUSH 99999999999999", null, 0)]
    public void A_question_says_how_long_it_is(string head, string? verb, int length) =>
        Assert.Equal(verb is null ? null : (verb, length), ControlSocket.ParseHead(head, ControlSocket.MostAsked));

    [Theory]
    [InlineData("PGSQL_CONNECTION", "host=a password=hush user=b", "host=a password=(secret) user=b")]
    [InlineData("PGSQL_CONNECTION", "host=a password = 'hu sh\\'x' user=b", "host=a password = (secret) user=b")]
    [InlineData("PGSQL_CONNECTION", "password=hush", "password=(secret)")]
    [InlineData("PGSQL_CONNECTION", "postgresql://john:hush@db/mail", "postgresql://john:(secret)@db/mail")]
    [InlineData("MYSQL_PASSWORD", "hush", "(secret)")]
    [InlineData("LDAP_BINDPW", "hush", "(secret)")]
    [InlineData("LDAP_CRYPTPW", "userPassword", "userPassword")]
    [InlineData("MYSQL_CRYPT_PWFIELD", "crypt", "crypt")]
    [InlineData("LDAP_URI", "ldaps://ldap.example.com", "ldaps://ldap.example.com")]
    public void Secrets_are_masked(string name, string value, string shown) => Assert.Equal(shown, ConfigCommand.Mask(name, value));

    [Fact]
    public void The_status_tells_rate_failures_and_outages() => Assert.Equal(
        "12.5 requests/s, 3 rejected and 1 failed in 10 s, back end away: authpgsql",
        RateStatus.Text(new RequestTotals(100, 2, 0, []), new RequestTotals(225, 5, 1, ["authpgsql"])));

    private static CounterMemory Empty()
    {
        long[] words = new long[CounterMemory.Words];
        CounterMemory.Prepare(words, Time);
        CounterMemory counters = new(words);
        counters.Name(["authpgsql"]);
        return counters;
    }

    private static CounterMemory Counted()
    {
        CounterMemory counters = Empty();
        WorkerCounters worker = counters.Of(counters.Take(17, Time));
        worker.Add(WorkerWord.Accepted, 3);
        long now = Stopwatch.GetTimestamp();
        ModuleCounters module = worker.Module(0);
        module.Answered(RequestKind.Lookup, AuthOutcome.Accept(new Account { Home = "/" }), now);
        module.Answered(RequestKind.Login, AuthOutcome.Reject(Reasons.WrongPassword), now);
        module.Answered(RequestKind.Login, AuthOutcome.Reject(Reasons.WrongPassword), now);
        module.NoteAway(true);
        worker.Show([new ShownClient(99, Time.ToUnixTimeMilliseconds(), "PRE imap john")]);
        return counters;
    }

    [GeneratedRegex("""^[a-z_]+(\{[a-z]+="[^"\\]*"(,[a-z]+="[^"\\]*")*\})? [0-9.eE+-]+$""")]
    private static partial Regex SampleLine();

    [GeneratedRegex("authdaemond_[a-z_]+")]
    private static partial Regex MetricName();
}
