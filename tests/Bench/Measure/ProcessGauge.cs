// What a group of processes has used: CPU time and memory, from /proc.
using System.Globalization;

namespace Authd.Bench.Measure;

/// <summary>Reads /proc.</summary>
internal static class ProcessGauge
{
    // USER_HZ, which Linux fixes at 100 for what it shows to programs.
    private const double TicksPerSecond = 100;
    private const int UserTimeField = 11;

    /// <summary>User and system time of the processes so far; one that has ended (PostgreSQL's autovacuum does) counts
    /// nothing.</summary>
    internal static TimeSpan CpuTime(IEnumerable<int> pids) => TimeSpan.FromSeconds(pids.Sum(CpuTicks) / TicksPerSecond);

    /// <summary>Proportional set size in MB (10^6 bytes): a page that n processes share counts 1/n.</summary>
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

        // The fields are counted from behind the command name, which may hold blanks.
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[UserTimeField], CultureInfo.InvariantCulture)
            + long.Parse(fields[UserTimeField + 1], CultureInfo.InvariantCulture);
    }
}
