using System.Diagnostics;
using Authd.Bench.Load;
using Authd.Bench.Measure;
using Authd.Tests.Support;

namespace Authd.Bench.Scenarios;

/// <summary>The time from exec to the first reply, for a client that asks as soon as the daemon is started.</summary>
internal sealed class StartScenario(string name, Backend backend, string what) : Scenario(name)
{
    private const double LongestMilliseconds = 40;

    // The shell has done all of its own work when it waits for the line; then it becomes the daemon without a fork.
    private const string WaitForGo = "read -r go; ";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShellReady = TimeSpan.FromMilliseconds(50);

    /// <inheritdoc/>
    internal override IReadOnlyList<Metric> Metrics { get; } =
        [new(Section.Start, $"exec to first reply, 5 workers, {what}", "ms", Target.OursAtMost(LongestMilliseconds))];

    /// <inheritdoc/>
    internal override async Task<Outcome> MeasureAsync(Testbed testbed, Contender contender, Effort effort)
    {
        List<Reading> times = [];
        for (int start = 0; start < effort.Starts; start++)
        {
            times.Add(new Reading((await StartOnceAsync(testbed.Site(backend), contender)).TotalMilliseconds));
        }
        return new Outcome([new Reading(new Sample(times).Median)]);
    }

    private async Task<TimeSpan> StartOnceAsync(CourierSite site, Contender contender)
    {
        string state = await site.NewStateAsync();
        IReadOnlyList<string> command = site.Inside(state, ["sh", "-c", WaitForGo + contender.ShellCommand]);
        ProcessStartInfo start = new(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        try
        {
            process.ErrorDataReceived += static (_, _) => { };
            process.BeginErrorReadLine();
            await Task.Delay(ShellReady);
            long begin = Stopwatch.GetTimestamp();
            process.StandardInput.WriteLine();
            process.StandardInput.Close();
            WaitForReply(Path.Combine(state, "socket"), begin);
            return Stopwatch.GetElapsedTime(begin);
        }
        finally
        {
            await StopAsync(process);
        }
    }

    private void WaitForReply(string socketPath, long begin)
    {
        using LoadGenerator generator = new(socketPath, RequestList.Lookups(backend));
        while (generator.Run(1, Limit, Limit, limit: 1).Right == 0)
        {
            if (Stopwatch.GetElapsedTime(begin) > Limit)
            {
                throw new TimeoutException($"no reply on {socketPath}");
            }
            Libc.Pause(TimeSpan.FromMicroseconds(100));
        }
    }

    private static async Task StopAsync(Process process)
    {
        IReadOnlyList<int> workers = ProcessTree.Descendants(process.Id);
        await ProcessRunner.TrySignalAsync(process.Id, "TERM");
        await process.WaitForExitAsync().WaitAsync(Limit);
        foreach (int pid in workers.Where(ProcessTree.IsAlive))
        {
            await ProcessRunner.TrySignalAsync(pid, "KILL");
        }
    }
}
