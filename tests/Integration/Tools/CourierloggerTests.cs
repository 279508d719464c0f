// courierlogger as a process: the lines that arrive at syslog, and the life of its program.
using System.Globalization;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Tools;

public sealed class CourierloggerTests : IAsyncLifetime
{
    private readonly DatagramSink _syslog = new();
    private readonly ScratchDirectory _scratch = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await RunAsync("", $"-pid={PidFile}", "-stop");
        _scratch.Dispose();
        await _syslog.DisposeAsync();
    }

    private string PidFile => _scratch["pid"];

    [Fact]
    public async Task Standard_input_arrives_with_the_priorities_of_its_prefixes()
    {
        string input = "plain\nERR: error\nDEBUG:   blanks\nALERT:now\nINFO: \xe9\n" + new string('x', 600) + "\nlast";
        Assert.Equal(new ProgramResult(0, "", ""), await RunAsync(input, "imapd"));
        await _syslog.HasAsync("last");
        string[] expected =
        [
            "<22>imapd: plain", "<19>imapd: error", "<23>imapd: blanks", "<17>imapd: now", "<22>imapd: \xe9",
            "<22>imapd: " + new string('x', 511), "<22>imapd: last",
        ];
        Assert.Equal(expected, _syslog.Messages.Select(WithoutTime));
    }

    [Fact]
    public async Task Name_and_facility_can_be_chosen()
    {
        Assert.Equal(0, (await RunAsync("hello\n", "-name=me", "-facility=local6")).ExitCode);
        Assert.Equal("<182>me: hello", WithoutTime(await _syslog.HasAsync("hello")));
    }

    [Fact]
    public async Task A_programs_standard_error_is_logged_until_it_ends()
    {
        ProgramResult result = await RunAsync("", "sh", "-c", "cat; echo out; echo WARN: oops >&2; exit 3");
        Assert.Equal(new ProgramResult(0, "", ""), result);
        Assert.Equal("<20>sh: oops", WithoutTime(await _syslog.HasAsync("oops")));
        Assert.Single(_syslog.Messages);
    }

    [Fact]
    public async Task A_daemon_has_a_pid_file_passes_signals_on_and_stops()
    {
        string script = "trap 'echo got HUP >&2' HUP; trap 'echo got TERM >&2; exit' TERM; echo ready >&2; "
            + "while :; do sleep 0.1; done";
        string[] start = [$"-pid={PidFile}", "-start", "sh", "-c", script];
        Assert.Equal(new ProgramResult(0, "", ""), await RunAsync("", start));
        await _syslog.HasAsync("ready");
        int pid = Pid();
        Assert.Equal(0, (await RunAsync("", start)).ExitCode);
        Assert.Equal(pid, Pid());
        Assert.Equal("courierlogger", File.ReadAllText($"/proc/{pid}/comm").Trim());

        Assert.Equal(0, (await RunAsync("", $"-pid={PidFile}", "-restart")).ExitCode);
        await _syslog.HasAsync("got HUP");
        Assert.Equal(0, (await RunAsync("", $"-pid={PidFile}", "-stop")).ExitCode);
        await _syslog.HasAsync("got TERM");
        Assert.False(ProcessTree.IsAlive(pid));
        Assert.Equal(0, (await RunAsync("", $"-pid={PidFile}", "-stop")).ExitCode);
    }

    [Fact]
    public async Task A_stuck_syslog_daemon_does_not_stop_the_program()
    {
        await using DatagramSink stuck = new(isStuck: true);
        string done = _scratch["done"];
        string[] start = ["sh", "-c", $"seq 200000 >&2; touch {done}; exec sleep 1000"];
        await ProcessRunner.RunOrThrowAsync(
            [
                "unshare", "-m", "--propagation", "private", .. stuck.Under(DatagramSink.Syslog),
                OurDaemon.Binary, "courierlogger", $"-pid={PidFile}", "-start", .. start,
            ]);
        await Eventually.IsTrueAsync(() => File.Exists(done), "the program's further work");
        stuck.Resume();
        await stuck.HasAsync("log lines lost");
        Assert.Equal(0, (await RunAsync("", $"-pid={PidFile}", "-stop")).ExitCode);
    }

    [Fact]
    public async Task Root_is_given_up_for_user_and_program()
    {
        Assert.Equal(0, (await RunAsync("", "-user=nobody", "-droproot", "sh", "-c", "id -un >&2")).ExitCode);
        await _syslog.HasAsync(": nobody");
    }

    [Theory]
    [InlineData("Unknown option '-foo'\n", "-foo")]
    [InlineData("Unknown option '-pid='\n", "-pid=")]
    [InlineData("Unknown facility name 'moon'\n", "-facility=moon", "-name=x")]
    [InlineData("-pid argument required\n", "-stop")]
    [InlineData("-name option required for standalone logger\n", "-facility=mail")]
    [InlineData("-start must be followed by a command to execute\n", "-pid=/nonexistent", "-name=x")]
    [InlineData("Group not found: no-such-group\n", "-group=no-such-group", "-name=x")]
    [InlineData("Usage: courierlogger [-name=name] [-pid=pidfile] [-facility=type]\n       [-start|-stop|-restart] [cmd [args...]]\n")]
    public async Task What_is_wrong_is_said(string message, params string[] arguments)
    {
        Assert.Equal(new ProgramResult(1, "", message), await RunAsync("", arguments));
    }

    private int Pid() => int.Parse(File.ReadAllText(PidFile), CultureInfo.InvariantCulture);

    /// <summary>syslog(3) puts the time between priority and tag.</summary>
    private static string WithoutTime(string message)
    {
        int mark = message.IndexOf('>', StringComparison.Ordinal) + 1;
        return message[..mark] + message[(mark + "Nov 21 13:00:00 ".Length)..];
    }

    private Task<ProgramResult> RunAsync(string input, params string[] arguments) => ProcessRunner.RunAsync(
        [
            "unshare", "-m", "--propagation", "private", .. _syslog.Under(DatagramSink.Syslog),
            OurDaemon.Binary, "courierlogger", .. arguments,
        ],
        input);
}
