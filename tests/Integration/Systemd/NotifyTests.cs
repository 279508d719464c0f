// The daemon's messages to systemd: readiness, reloads, the end, signs of life, and the socket to keep.
using System.Globalization;
using Authd.Tests.Integration.Daemon;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Systemd;

public sealed class NotifyTests : IAsyncLifetime
{
    private readonly DatagramSink _systemd = new();
    private CourierSite? _site;

    private CourierSite Site => _site!;

    public async Task InitializeAsync() => _site = await DaemonSite.NewAsync();

    public async Task DisposeAsync()
    {
        Site.Dispose();
        await _systemd.DisposeAsync();
    }

    [Fact]
    public async Task Ready_reload_and_stop_are_told_in_their_order()
    {
        await using OurDaemon daemon = await StartAsync();
        Assert.Equal("READY=1\nSTATUS=Serving with 2 workers: authuserdb", await _systemd.HasAsync("READY=1"));

        int before = _systemd.Messages.Count;
        Site.WriteAuthdaemonrc("authuserdb", 3);
        await ProcessRunner.SignalAsync(daemon.Pid, "HUP");
        string reloading = await _systemd.HasAsync("RELOADING=1\nMONOTONIC_USEC=", before);
        long microseconds = long.Parse(reloading[(reloading.LastIndexOf('=') + 1)..], CultureInfo.InvariantCulture);
        double uptime = double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture);
        Assert.InRange(microseconds / 1e6, uptime - 60, uptime + 1);
        Assert.Equal("READY=1\nSTATUS=Serving with 3 workers: authuserdb", await _systemd.HasAsync("READY=1", before));

        before = _systemd.Messages.Count;
        await ProcessRunner.SignalAsync(daemon.Pid, "TERM");
        await _systemd.HasAsync("STOPPING=1", before);
    }

    [Fact]
    public async Task A_refused_reload_ends_as_ready_with_the_reason()
    {
        await using OurDaemon daemon = await StartAsync();
        await _systemd.HasAsync("READY=1");
        int before = _systemd.Messages.Count;
        Site.Write("authdaemonrc", "no assignment\n");
        await ProcessRunner.SignalAsync(daemon.Pid, "HUP");
        string refused = await _systemd.HasAsync("READY=1", before);
        Assert.Matches("STATUS=.*authdaemonrc:1: .*the old configuration stays in use$", refused);
        Assert.Contains("RELOADING=1", _systemd.Messages[before], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_that_fails_leaves_its_reason()
    {
        Site.Write("authdaemonrc", "no assignment\n");
        ProgramResult result = await ProcessRunner.RunAsync(
            Site.Inside(await Site.NewStateAsync(), ["env", $"NOTIFY_SOCKET={_systemd.Path}", OurDaemon.Binary]));
        Assert.Equal(78, result.ExitCode);
        Assert.StartsWith(
            $"STATUS={CourierSite.ConfigPath}/authdaemonrc:1: ", await _systemd.HasAsync("STATUS="),
            StringComparison.Ordinal);
        Assert.DoesNotContain(_systemd.Messages, message => message.Contains("READY", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Signs_of_life_come_while_workers_serve()
    {
        await using OurDaemon daemon = await StartAsync("WATCHDOG_USEC=100000");
        await _systemd.HasAsync("WATCHDOG=1");
        int before = _systemd.Messages.Count;
        await _systemd.HasAsync("WATCHDOG=1", before);
    }

    [Fact]
    public async Task A_watchdog_for_another_process_is_not_ours()
    {
        await using OurDaemon daemon = await StartAsync("WATCHDOG_USEC=1000", "WATCHDOG_PID=1");
        await _systemd.HasAsync("READY=1");
        await ProcessRunner.SignalAsync(daemon.Pid, "TERM");
        await _systemd.HasAsync("STOPPING=1");
        Assert.DoesNotContain("WATCHDOG=1", _systemd.Messages);
    }

    [Fact]
    public async Task The_socket_is_given_to_systemd_to_keep()
    {
        Site.Write("authdaemond.ini", $"[sasl]\nlisten = {CourierSite.StatePath}/auth\nowner = root\n");
        await using OurDaemon daemon = await StartAsync();
        await _systemd.HasAsync("FDSTORE=1\nFDNAME=authdaemond");
        await _systemd.HasAsync("FDSTORE=1\nFDNAME=authdaemond-sasl");
    }

    [Fact]
    public async Task Workers_do_not_see_what_systemd_tells_the_supervisor()
    {
        await using OurDaemon daemon = await StartAsync("WATCHDOG_USEC=1000000");
        await Eventually.IsTrueAsync(() => daemon.Workers.Count > 0, "a worker");
        string environment = File.ReadAllText($"/proc/{daemon.Workers[0]}/environ");
        Assert.DoesNotContain("NOTIFY_SOCKET", environment, StringComparison.Ordinal);
        Assert.DoesNotContain("WATCHDOG_USEC", environment, StringComparison.Ordinal);
    }

    private async Task<OurDaemon> StartAsync(params string[] variables) =>
        await OurDaemon.StartAsync(Site, null, ["env", $"NOTIFY_SOCKET={_systemd.Path}", .. variables]);
}
