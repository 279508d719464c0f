// authdaemond start, stop, restart and status: exit codes, messages, effects.
using System.Globalization;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Daemon;

public sealed class ControlCommandTests : IAsyncLifetime
{
    private CourierSite? _site;
    private string _state = "";

    private CourierSite Site => _site!;

    public async Task InitializeAsync()
    {
        _site = await DaemonSite.NewAsync();
        _state = await _site.NewStateAsync();
    }

    /// <summary>Stops any daemon that a failed test has left running.</summary>
    public async Task DisposeAsync()
    {
        Site.WriteAuthdaemonrc("authuserdb");
        await AuthdaemondAsync("stop");
        Site.Dispose();
    }

    [Fact]
    public async Task Start_serves_when_it_returns_and_stop_ends_it()
    {
        Assert.Equal(new ProgramResult(3, $"authdaemond is not running in {CourierSite.StatePath}\n", ""),
            await AuthdaemondAsync("status"));
        Assert.Equal(new ProgramResult(0, "", ""), await AuthdaemondAsync("start"));
        string reply = (await RawClient.AskAsync(Socket, DaemonSite.Lookup)).Text;
        Assert.StartsWith("UID=2001\n", reply, StringComparison.Ordinal);
        int pid = Pid();
        Assert.Equal(
            new ProgramResult(0, $"authdaemond is running, pid {pid}, socket {CourierSite.StatePath}/socket\n", ""),
            await AuthdaemondAsync("status"));

        Assert.Equal(new ProgramResult(0, "", ""), await AuthdaemondAsync("stop"));
        Assert.False(ProcessTree.IsAlive(pid));
        Assert.Equal(3, (await AuthdaemondAsync("status")).ExitCode);
        Assert.Equal(new ProgramResult(0, "", ""), await AuthdaemondAsync("stop"));
        ProgramResult restart = await AuthdaemondAsync("restart");
        Assert.Equal(1, restart.ExitCode);
        Assert.Contains($"no daemon runs in {CourierSite.StatePath}", restart.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_start_names_the_pid_and_changes_nothing()
    {
        await AuthdaemondAsync("start");
        int pid = Pid();

        ProgramResult second = await AuthdaemondAsync("start");
        ProgramResult foreground = await AuthdaemondAsync();

        Assert.Equal(0, second.ExitCode);
        Assert.Contains($"already running, pid {pid},", second.Error, StringComparison.Ordinal);
        Assert.Equal(1, foreground.ExitCode);
        Assert.Contains($"already running, pid {pid},", foreground.Error, StringComparison.Ordinal);
        Assert.Equal(pid, Pid());
        Assert.StartsWith(
            "UID=2001\n", (await RawClient.AskAsync(Socket, DaemonSite.Lookup)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restart_changes_the_workers_and_nothing_else()
    {
        await AuthdaemondAsync("start");
        int pid = Pid();
        IReadOnlyList<int> workers = ProcessTree.Children(pid);
        Site.WriteAuthdaemonrc("authuserdb", 2, "DEFAULTOPTIONS=a=1");

        Assert.Equal(new ProgramResult(0, "", ""), await AuthdaemondAsync("restart"));

        await Eventually.IsTrueAsync(() => !ProcessTree.Children(pid).Any(workers.Contains), "the change of workers");
        Assert.Equal(pid, Pid());
        Assert.Contains(
            "OPTIONS=a=1\n", (await RawClient.AskAsync(Socket, DaemonSite.Lookup)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_whose_workers_cannot_serve_fails_and_leaves_nothing_behind()
    {
        // A setting of the runtime with which no worker can start.
        Site.WriteAuthdaemonrc("authuserdb", 2, "DOTNET_GCHeapHardLimit=1000");

        ProgramResult[] results = await Task.WhenAll(
            AuthdaemondAsync("start"), OurDaemon.RunAsync(Site, await Site.NewStateAsync()));

        Assert.Equal(
            new ProgramResult(1, "", "authdaemond did not start: the messages above, or the log, say why\n"), results[0]);
        Assert.Equal(1, results[1].ExitCode);
        Assert.Contains("\nCRIT: the workers were not ready within 10 s\n", results[1].Error, StringComparison.Ordinal);
        Assert.Equal(3, (await AuthdaemondAsync("status")).ExitCode);
    }

    [Theory]
    [InlineData("start")]
    [InlineData("")]
    public async Task A_bad_authdaemonrc_is_named_with_its_line(string verb)
    {
        Site.Write("authdaemonrc", "authmodulelist=\"authuserdb\"\ndaemons=2\n\nnot an assignment\n");
        ProgramResult result = await AuthdaemondAsync(verb.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"{CourierSite.ConfigPath}/authdaemonrc:4:", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not an assignment\n")]
    [InlineData("")]
    public async Task A_bad_authdaemonrc_does_not_keep_a_daemon_from_being_stopped(string text)
    {
        await AuthdaemondAsync("start");
        int pid = Pid();
        Site.Write("authdaemonrc", text);

        Assert.Contains($"is running, pid {pid}", (await AuthdaemondAsync("status")).Output, StringComparison.Ordinal);
        ProgramResult stopped = await AuthdaemondAsync("stop");

        Assert.Equal(0, stopped.ExitCode);
        Assert.Contains($"a daemon that was started before runs in {CourierSite.StatePath}", stopped.Error, StringComparison.Ordinal);
        Assert.False(ProcessTree.IsAlive(pid));
        Assert.Equal(1, (await AuthdaemondAsync("stop")).ExitCode);
    }

    [Fact]
    public async Task A_daemon_is_stopped_where_the_readable_part_of_a_bad_authdaemonrc_says()
    {
        string other = await Site.NewStateAsync();
        Site.WriteAuthdaemonrc("authuserdb", 1, $"authdaemonvar={other}");
        await AuthdaemondAsync("start");
        int pid = int.Parse(File.ReadAllText(Path.Combine(other, "pid")), CultureInfo.InvariantCulture);
        Site.WriteAuthdaemonrc("authuserdb", 1, $"authdaemonvar={other}", "not an assignment");

        Assert.Equal(0, (await AuthdaemondAsync("stop")).ExitCode);

        Assert.False(ProcessTree.IsAlive(pid));
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("daemons=2\n", "authmodulelist is not set")]
    public async Task A_file_without_modules_starts_nothing(string text, string problem)
    {
        Site.Write("authdaemonrc", text);
        foreach (string[] verb in new string[][] { ["start"], ["check"], [] })
        {
            ProgramResult result = await AuthdaemondAsync(verb);
            Assert.NotEqual(0, result.ExitCode);
            Assert.Contains($"{CourierSite.ConfigPath}/authdaemonrc: {problem}", result.Output + result.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_missing_authdaemonrc_is_named()
    {
        File.Delete(Path.Combine(Site.Config, "authdaemonrc"));
        ProgramResult result = await AuthdaemondAsync("start");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("authdaemonrc", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Unknown option '-restrat' (did you mean restart?)", "restrat")]
    [InlineData("Unknown option '-reload' (did you mean restart?)", "reload")]
    [InlineData("Unknown option '-xyzzy'", "xyzzy")]
    [InlineData("authdaemond status: unexpected argument '--all'", "status", "--all")]
    public async Task A_command_line_that_makes_no_sense_is_refused_with_what_may_be_meant(string problem, params string[] arguments)
    {
        ProgramResult result = await AuthdaemondAsync(arguments);

        Assert.Equal(
            new ProgramResult(
                1,
                "",
                $"{problem}\n"
                + "usage: authdaemond [--config-dir DIR] [start|stop|restart|status|check|config|stats|top|who|cache]; --help says more\n"),
            result);
    }

    private string Socket => Path.Combine(_state, "socket");

    private Task<ProgramResult> AuthdaemondAsync(params string[] arguments) => OurDaemon.RunAsync(Site, _state, arguments);

    private int Pid() => int.Parse(File.ReadAllText(Path.Combine(_state, "pid")), CultureInfo.InvariantCulture);
}
