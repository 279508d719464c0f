using System.Globalization;

namespace Authd.Tests.Support;

/// <summary>The rights of a process or thread, from /proc.</summary>
/// <param name="Uids">Real, effective, saved and file system uid.</param>
/// <param name="Gids">The same of the gid.</param>
/// <param name="Groups">Supplementary groups.</param>
/// <param name="Capabilities">Permitted, effective and inheritable, as one number.</param>
/// <param name="NoNewPrivileges">It cannot gain privileges.</param>
/// <param name="Filtered">It has a seccomp filter.</param>
public sealed record ProcessRights(
    string Uids, string Gids, string Groups, ulong Capabilities, bool NoNewPrivileges, bool Filtered)
{
    /// <summary>The rights of every thread of a process.</summary>
    /// <exception cref="IOException">The process does not exist.</exception>
    public static IReadOnlyList<ProcessRights> OfThreads(int pid) =>
        [.. Directory.EnumerateDirectories($"/proc/{pid}/task").Select(Read).OfType<ProcessRights>()];

    private static ProcessRights? Read(string directory)
    {
        try
        {
            Dictionary<string, string> status = File.ReadLines(Path.Combine(directory, "status"))
                .Select(static line => line.Split(':', 2))
                .ToDictionary(static parts => parts[0], static parts => parts[1].Trim(), StringComparer.Ordinal);
            return new ProcessRights(
                status["Uid"],
                status["Gid"],
                status["Groups"],
                Number(status["CapPrm"]) | Number(status["CapEff"]) | Number(status["CapInh"]) | Number(status["CapAmb"]),
                status["NoNewPrivs"] == "1",
                status["Seccomp"] == "2");
        }
        catch (IOException)
        {
            return null; // The thread has ended meanwhile.
        }
    }

    private static ulong Number(string hex) => ulong.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
