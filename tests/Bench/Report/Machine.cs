using System.Globalization;
using Authd.Bench.Scenarios;
using Authd.Tests.Support;

namespace Authd.Bench.Report;

/// <summary>Describes machine, programs and date, without which the figures mean little.</summary>
internal static class Machine
{
    /// <summary>A Markdown list.</summary>
    internal static async Task<string> DescribeAsync(Testbed testbed)
    {
        string[] lines =
        [
            $"date: {DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}",
            $"processor: {Environment.ProcessorCount} x {After("/proc/cpuinfo", "model name", ':')}",
            $"kernel: Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}",
            $"system: {After("/etc/os-release", "PRETTY_NAME", '=').Trim('"')}",
            $"C daemon: courier-authdaemon {await OutputAsync("dpkg-query", "-W", "-f=${Version}", "courier-authdaemon")}",
            $"this daemon: revision {await OutputAsync("git", "-C", AppContext.BaseDirectory, "describe", "--always", "--dirty")}",
            $"PostgreSQL: {await testbed.PostgresVersionAsync()}",
            "both daemons: daemons=5, DEBUG_LOGIN=0; "
                + string.Create(CultureInfo.InvariantCulture, $"{BenchAccount.Population:N0} accounts"),
        ];
        return string.Concat(lines.Select(line => $"- {line}\n"));
    }

    private static string After(string file, string key, char separator)
    {
        string? line = File.ReadLines(file).FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal));
        return line?[(line.IndexOf(separator, StringComparison.Ordinal) + 1)..].Trim() ?? "unknown";
    }

    private static async Task<string> OutputAsync(params string[] command)
    {
        ProgramResult result = await ProcessRunner.RunAsync(command);
        return result.ExitCode == 0 ? result.Output.Trim() : "unknown";
    }
}
