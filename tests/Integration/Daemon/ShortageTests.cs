// Descriptors, processes and memory that run out: a line that names the limit, no abort, and service again when there is enough.
using System.Globalization;
using Authd.Tests.Integration.Support;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Daemon;

public class ShortageTests
{
    private const int Megabyte = 1_000_000;
    private const int Workers = 5;

    // Limits of processes count all of a user's: nobody else's tests may run as this one.
    private const string OwnUser = "54322";

    private static readonly string[] AsOwnUser = ["setpriv", $"--reuid={OwnUser}", $"--regid={OwnUser}", "--clear-groups"];

    [Theory]
    [InlineData(200)]
    [InlineData(340)]
    [InlineData(350)]
    [InlineData(360)]
    [InlineData(400)]
    [InlineData(500)]
    public async Task With_a_small_address_space_it_serves_or_says_why_not_and_never_aborts(int megabytes)
    {
        using CourierSite site = await DaemonSite.NewAsync(Workers);
        string limit = Text(megabytes * Megabyte);

        ProgramResult result = await ProcessRunner.RunAsync(site.Inside(
            await site.NewStateAsync(), ["prlimit", $"--as={limit}", "timeout", "--preserve-status", "3", OurDaemon.Binary]));

        // .NET's runtime ends so, before our first line, when it finds no room to start.
        if (result.ExitCode == 255 && result.Error.Length == 0)
        {
            return;
        }

        Assert.True(result.ExitCode is 0 or 1, $"exit code {result.ExitCode}: {result.Error}");
        Assert.DoesNotContain("Unhandled exception", result.Error, StringComparison.Ordinal);
        Assert.True(
            result.Error.Contains($"the limit of the address space is {limit}: raise LimitAS=", StringComparison.Ordinal)
            || !result.Error.Contains("ERR: ", StringComparison.Ordinal) && result.ExitCode == 0,
            result.Error);
    }

    [Fact]
    public async Task A_small_address_space_that_is_enlarged_is_used_at_once()
    {
        using CourierSite site = await DaemonSite.NewAsync(Workers);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site, null, "prlimit", $"--as={Text(400 * Megabyte)}:");
        await daemon.LogHasAsync("the limit of the address space is 400000000");

        await ProcessRunner.RunOrThrowAsync(["prlimit", "--pid", Text(daemon.Pid), "--as=unlimited:"]);

        await RecoversAsync(daemon);
    }

    [Fact]
    public async Task Processes_that_are_allowed_again_are_started()
    {
        using CourierSite site = await DaemonSite.NewAsync(Workers);
        string state = await site.NewStateAsync();
        await ProcessRunner.RunOrThrowAsync(["chown", "-R", $"{OwnUser}:{OwnUser}", state, site.Config]);
        await using OurDaemon daemon = await OurDaemon.StartAsync(
            site, state, [.. AsOwnUser, "prlimit", "--nproc=25:"]);
        await daemon.LogHasAsync("the limit of processes and threads of this user is 25: raise LimitNPROC=");

        await ProcessRunner.RunOrThrowAsync([.. AsOwnUser, "prlimit", "--pid", Text(daemon.Pid), "--nproc=1000:"]);

        await RecoversAsync(daemon);
    }

    [MemoryGroupTheory]
    [InlineData(14)]
    [InlineData(18)]
    [InlineData(24)]
    public async Task When_the_services_memory_runs_out_workers_are_killed_and_the_supervisor_says_why(int mebibytes)
    {
        int limit = mebibytes * 1024 * 1024;
        using CourierSite site = await DaemonSite.NewAsync(Workers);
        using MemoryGroup group = new(limit);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site, null, group.Command);
        await daemon.LogHasAsync($"killed by signal 9 (memory ran out: the limit of the memory of the service is {limit}: raise ");

        group.Limit(500 * Megabyte);

        await RecoversAsync(daemon);
    }

    private static async Task RecoversAsync(OurDaemon daemon)
    {
        await WorkersTests.HasWorkersAsync(daemon, Workers);
        Assert.True(await DaemonSite.AnswersAsync(daemon));
        Assert.False(daemon.HasExited);
        Assert.DoesNotContain(daemon.LogLines, static line => line.Contains("Unhandled exception", StringComparison.Ordinal));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
