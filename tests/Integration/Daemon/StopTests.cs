// SIGTERM: requests that have begun are finished, silent clients are not waited for.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Daemon;

public class StopTests
{
    [Fact]
    public async Task Requests_in_hand_are_answered_before_it_ends()
    {
        using CourierSite site = await DaemonSite.NewAsync(2, "", "DEBUG_LOGIN=1");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        string login = Requests.Login(DaemonSite.SlowUser, DaemonSite.Password);
        OpenClient[] clients = await OpenClient.ConnectAsync(daemon.SocketPath, 6, login);
        await Eventually.IsTrueAsync(
            () =>
                daemon.LogLines.Count(l => l.Contains("received auth request", StringComparison.Ordinal)) == clients.Length,
            "all requests received");

        await ProcessRunner.SignalAsync(daemon.Pid, "TERM");

        Assert.All(
            await Task.WhenAll(clients.Select(c => c.ReadToEndAsync())),
            reply => Assert.StartsWith("UID=2002\n", reply.Text, StringComparison.Ordinal));
        Assert.Equal(0, await daemon.WaitForExitAsync());
        Array.ForEach(clients, c => c.Dispose());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Silent_clients_are_closed_and_not_waited_for(bool afterReload)
    {
        using CourierSite site = await DaemonSite.NewAsync(2, "[limits]\nidle-seconds = 3600\nrequest-seconds = 3600\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        OpenClient[] silent = await OpenClient.ConnectAsync(daemon.SocketPath, 20, "PRE");
        if (afterReload)
        {
            // The old workers wait for their silent clients beside the two new ones.
            await ProcessRunner.SignalAsync(daemon.Pid, "HUP");
            await Eventually.IsTrueAsync(() => daemon.Workers.Count > 2, "the new workers");
            await daemon.LogHasAsync("INFO: restarting authdaemond children");
        }

        IReadOnlyList<int> workers = daemon.Workers;

        await ProcessRunner.SignalAsync(daemon.Pid, "TERM");

        Assert.Equal(0, await daemon.WaitForExitAsync());
        Assert.DoesNotContain(daemon.LogLines, line => line.Contains("killed", StringComparison.Ordinal));
        Assert.All(await Task.WhenAll(silent.Select(c => c.ReadToEndAsync())), reply => Assert.Empty(reply.Text));
        Assert.DoesNotContain(workers, ProcessTree.IsAlive);
        Array.ForEach(silent, c => c.Dispose());
    }

    [Fact]
    public async Task The_files_stay_as_the_C_daemon_leaves_them()
    {
        using CourierSite site = await DaemonSite.NewAsync();
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await ProcessRunner.SignalAsync(daemon.Pid, "TERM");
        Assert.Equal(0, await daemon.WaitForExitAsync());

        Assert.Equal(
            ["pid", "pid.lock", "socket"], Directory.GetFileSystemEntries(daemon.State).Select(Path.GetFileName).Order());
        await daemon.LogHasAsync("INFO: stopping authdaemond children");
    }
}
