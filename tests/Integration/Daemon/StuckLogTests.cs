// Each kind of log with a stuck reader: no login waits for it, the daemon ends, and losses are reported.
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Daemon;

public sealed partial class StuckLogTests
{
    /// <summary>Some thousand lines with DEBUG_LOGIN=1: more than a pipe, a socket and the daemon's own buffer hold.</summary>
    private const int Many = 2500;

    private const string StderrIsJournal = """
        exec 2<>/dev/udp/127.0.0.1/9; export JOURNAL_STREAM=$(stat -L -c %d:%i /dev/fd/2); exec "$0" "$@"
        """;

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    // Long, so that few requests fill everything.
    private static readonly string Stranger = new('x', 240);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_pipe_that_nobody_reads_stops_no_login_and_no_end(int daemons)
    {
        using CourierSite site = await DaemonSite.NewAsync(daemons, "", "DEBUG_LOGIN=1");
        using StuckPipe pipe = await StuckPipe.NewAsync(site);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site, null, pipe.AsStderr);

        await FloodAsync(daemon.SocketPath);
        Assert.True(await DaemonSite.AnswersAsync(daemon));
        Assert.StartsWith(
            "UID=2001\n",
            (await RawClient.AskAsync(daemon.SocketPath, Requests.Login(DaemonSite.User, DaemonSite.Password))).Text,
            StringComparison.Ordinal);

        await ProcessRunner.SignalAsync(daemon.Pid, "TERM");
        Assert.Equal(0, await daemon.WaitForExitAsync().WaitAsync(EndLimit));
    }

    [Fact]
    public async Task A_pipe_that_is_read_again_says_how_much_was_lost()
    {
        using CourierSite site = await DaemonSite.NewAsync(1, "", "DEBUG_LOGIN=1");
        using StuckPipe pipe = await StuckPipe.NewAsync(site);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site, null, pipe.AsStderr);
        await FloodAsync(daemon.SocketPath);

        Task<IReadOnlyList<string>> reading = pipe.ReadToAsync("user=afterwards");
        await RawClient.AskAsync(daemon.SocketPath, Requests.Lookup("nobody"));
        await pipe.SawAsync("log lines lost");
        await RawClient.AskAsync(daemon.SocketPath, Requests.Login("afterwards", "x"));
        IReadOnlyList<string> lines = await reading;

        Match lost = Assert.Single(lines.Select(l => Lost().Match(l)), m => m.Success);
        int failures = lines.Count(l => l.StartsWith("INFO: LOGIN FAILED", StringComparison.Ordinal)) - 1;
        Assert.InRange(failures, 1, Many - 1);
        // Each lost login is at least one lost line.
        Assert.True(int.Parse(lost.Groups[1].Value, CultureInfo.InvariantCulture) >= Many - failures);
        Assert.All(lines, l => Assert.Matches("^(DEBUG|INFO|WARN): ", l));
    }

    [Fact]
    public async Task A_stopped_journal_stops_no_login_and_no_end()
    {
        await using DatagramSink journal = new(isStuck: true);
        using CourierSite site = await DaemonSite.NewAsync(1, "", "DEBUG_LOGIN=1");
        await using OurDaemon daemon = await OurDaemon.StartAsync(
            site, null, [.. journal.Under(DatagramSink.Journal), "bash", "-c", StderrIsJournal]);

        await FloodAsync(daemon.SocketPath);
        Assert.True(await DaemonSite.AnswersAsync(daemon));
        journal.Resume();
        Assert.Matches(Lost(), await journal.HasAsync("log lines lost"));

        await using DatagramSink again = new(isStuck: true);
        await using OurDaemon second = await OurDaemon.StartAsync(
            site, null, [.. again.Under(DatagramSink.Journal), "bash", "-c", StderrIsJournal]);
        await FloodAsync(second.SocketPath);
        await ProcessRunner.SignalAsync(second.Pid, "TERM");
        Assert.Equal(0, await second.WaitForExitAsync().WaitAsync(EndLimit));
    }

    [Fact]
    public async Task A_stuck_syslog_daemon_stops_no_login_and_no_end_after_start()
    {
        await using DatagramSink syslog = new(isStuck: true);
        using CourierSite site = await DaemonSite.NewAsync(1, "", "DEBUG_LOGIN=1");
        string state = await site.NewStateAsync();
        string socket = Path.Combine(state, "socket");
        await ProcessRunner.RunOrThrowAsync(
            site.Inside(state, [.. syslog.Under(DatagramSink.Syslog), OurDaemon.Binary, "start"]));
        int pid = int.Parse(File.ReadAllText(Path.Combine(state, "pid")), CultureInfo.InvariantCulture);
        try
        {
            await FloodAsync(socket);
            Assert.StartsWith(
                "UID=2001\n", (await RawClient.AskAsync(socket, DaemonSite.Lookup)).Text, StringComparison.Ordinal);
            await ProcessRunner.SignalAsync(pid, "TERM");
            await Eventually.IsTrueAsync(() => !ProcessTree.IsAlive(pid), "the end of the daemon").WaitAsync(EndLimit);
        }
        finally
        {
            syslog.Resume();
            await OurDaemon.RunAsync(site, state, "stop");
        }
    }

    [Fact]
    public async Task A_syslog_daemon_that_goes_on_is_told_of_the_loss()
    {
        await using DatagramSink syslog = new(isStuck: true);
        using CourierSite site = await DaemonSite.NewAsync(1, "", "DEBUG_LOGIN=1");
        string state = await site.NewStateAsync();
        await ProcessRunner.RunOrThrowAsync(
            site.Inside(state, [.. syslog.Under(DatagramSink.Syslog), OurDaemon.Binary, "start"]));
        try
        {
            await FloodAsync(Path.Combine(state, "socket"));
            syslog.Resume();
            Assert.Matches(Lost(), await syslog.HasAsync("log lines lost"));
        }
        finally
        {
            syslog.Resume();
            await OurDaemon.RunAsync(site, state, "stop");
        }

        await syslog.HasAsync("stopping authdaemond children");
    }

    [Fact]
    public async Task What_a_full_disk_has_not_taken_is_told_when_there_is_room()
    {
        using CourierSite site = await DaemonSite.NewAsync(1);
        string directory = Directory.CreateDirectory(site.Scratch["log"]).FullName;
        await using OurDaemon daemon = await OurDaemon.StartAsync(
            site, null, "sh", "-c", "mount -t tmpfs -o size=16k tmpfs \"$0\" && exec \"$@\" 2>>\"$0/log\"", directory);
        string log = $"/proc/{daemon.Pid}/root{directory}/log";
        await FloodAsync(daemon.SocketPath, 200);
        Assert.True(await DaemonSite.AnswersAsync(daemon));

        await File.WriteAllTextAsync(log, ""); // as logrotate's copytruncate does
        await Eventually.IsTrueAsync(
            () => Lost().IsMatch(File.ReadAllText(log, Encoding.Latin1)), "the line about those that were lost");
        await RawClient.AskAsync(daemon.SocketPath, Requests.Login("afterwards", "x"));
        await Eventually.IsTrueAsync(
            () => File.ReadAllText(log, Encoding.Latin1).Contains("\nINFO: LOGIN FAILED, user=afterwards,", StringComparison.Ordinal),
            "the next line");

        await ProcessRunner.SignalAsync(daemon.Pid, "TERM");
        Assert.Equal(0, await daemon.WaitForExitAsync().WaitAsync(EndLimit));
    }

    [Fact]
    public async Task An_orderly_end_loses_nothing()
    {
        using CourierSite site = await DaemonSite.NewAsync();
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await FloodAsync(daemon.SocketPath, 500);
        await ProcessRunner.SignalAsync(daemon.Pid, "TERM");
        Assert.Equal(0, await daemon.WaitForExitAsync());
        await daemon.LogHasAsync("INFO: stopping authdaemond children");
        await Eventually.IsTrueAsync(
            () => daemon.LogLines.Count(l => l.StartsWith("INFO: LOGIN FAILED", StringComparison.Ordinal)) == 500,
            "a line for each failed login");
    }

    private static async Task FloodAsync(string socket, int count = Many)
    {
        RawRequest request = new(Requests.Login(Stranger, "guess"), Limit: TimeSpan.FromSeconds(10));
        int left = count;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                Assert.Equal(new RawReply("FAIL\n", Ending.Closed), await RawClient.AskAsync(socket, request));
            }
        }));
    }

    [GeneratedRegex("log lines lost: ([0-9]+), because nobody took them in time")]
    private static partial Regex Lost();

    /// <summary>A named pipe that is open for reading, and not read.</summary>
    private sealed class StuckPipe : IDisposable
    {
        private readonly string _path;
        private readonly FileStream _pipe;
        private readonly List<string> _lines = [];

        private StuckPipe(string path)
        {
            _path = path;
            // For both reading and writing, which does not wait for a writer.
            _pipe = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 1);
        }

        internal string[] AsStderr => ["sh", "-c", "exec \"$@\" 2>\"$0\"", _path];

        public void Dispose() => _pipe.Dispose();

        internal static async Task<StuckPipe> NewAsync(CourierSite site)
        {
            string path = site.Scratch["stderr"];
            await ProcessRunner.RunOrThrowAsync(["mkfifo", path]);
            return new StuckPipe(path);
        }

        internal Task<IReadOnlyList<string>> ReadToAsync(string text) => Task.Run<IReadOnlyList<string>>(() =>
        {
            StreamReader reader = new(_pipe, Encoding.Latin1);
            while (reader.ReadLine() is { } line)
            {
                lock (_lines)
                {
                    _lines.Add(line);
                    if (line.Contains(text, StringComparison.Ordinal))
                    {
                        return [.. _lines];
                    }
                }
            }

            return [];
        }).WaitAsync(ProcessRunner.Limit);

        internal Task SawAsync(string text) => Eventually.IsTrueAsync(
            () =>
            {
                lock (_lines)
                {
                    return _lines.Any(l => l.Contains(text, StringComparison.Ordinal));
                }
            },
            $"the line '{text}'");
    }
}
