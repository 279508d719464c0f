using System.Globalization;

namespace Authd.Bench.Measure;

/// <summary>The CPU time and memory of processes, from /proc.</summary>
internal static class ProcessGauge
{
    // USER_HZ, which Linux fixes at 100 for programs.
    private const double TicksPerSecond = 100;
    private const int UserTimeField = 11;

    /// <summary>User and system time of the processes so far; one that has
    /// ended (as PostgreSQL's autovacuum does) does not count.</summary>
    internal static TimeSpan CpuTime(IEnumerable<int> pids) => TimeSpan.FromSeconds(pids.Sum(CpuTicks) / TicksPerSecond);

    /// <summary>Time that the machine's processors have been busy, or were withheld from it by the one that it runs on.</summary>
    internal static TimeSpan BusyTime()
    {
        // cpu, user, nice, system, idle, iowait, irq, softirq, steal; guests' times are in those of user and nice.
        string[] fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return TimeSpan.FromSeconds(new[] { 1, 2, 3, 6, 7, 8 }.Sum(field => long.Parse(fields[field], CultureInfo.InvariantCulture)) / TicksPerSecond);
    }

    /// <summary>Proportional set size in MB (10^6 bytes): a page shared by n processes counts 1/n.</summary>
    internal static double PssMegabytes(int pid)
    {
        string line = File.ReadLines($"/proc/{pid}/smaps_rollup").First(l => l.StartsWith("Pss:", StringComparison.Ordinal));
        return long.Parse(line["Pss:".Length..^"kB".Length], CultureInfo.InvariantCulture) * 1024 / 1e6;
    }

    private static long CpuTicks(int pid)
    {
        string stat;
        try
        {
            stat = File.ReadAllText($"/proc/{pid}/stat");
        }
        catch (DirectoryNotFoundException)
        {
            return 0;
        }

        // The fields are counted from after the command name, which may hold blanks.
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[UserTimeField], CultureInfo.InvariantCulture)
            + long.Parse(fields[UserTimeField + 1], CultureInfo.InvariantCulture);
    }
}
