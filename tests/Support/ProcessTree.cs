using System.Globalization;

namespace Authd.Tests.Support;

/// <summary>Processes and their children, from /proc.</summary>
public static class ProcessTree
{
    /// <summary>The direct children of a process; empty when it has ended.</summary>
    public static IReadOnlyList<int> Children(int pid)
    {
        List<int> children = [];
        foreach (string status in Directory.EnumerateDirectories("/proc").Select(d => Path.Combine(d, "stat")))
        {
            if (ReadStat(status) is { } stat && stat.Parent == pid)
            {
                children.Add(stat.Pid);
            }
        }

        children.Sort();
        return children;
    }

    /// <summary>All descendants of a process, children before grandchildren.</summary>
    public static IReadOnlyList<int> Descendants(int pid)
    {
        List<int> all = [.. Children(pid)];
        for (int i = 0; i < all.Count; i++)
        {
            all.AddRange(Children(all[i]));
        }

        return all;
    }

    /// <summary>Whether the process runs (a zombie does not).</summary>
    public static bool IsAlive(int pid) => ReadStat($"/proc/{pid}/stat") is { State: not 'Z' };

    /// <summary>The number of sockets that the process has open; 0 when it has ended.</summary>
    public static int OpenSockets(int pid)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Count(IsSocket);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>A descriptor that was closed meanwhile is not a socket; the others must still be counted.</summary>
    private static bool IsSocket(string descriptor)
    {
        try
        {
            return File.ResolveLinkTarget(descriptor, false)?.Name.StartsWith("socket:", StringComparison.Ordinal) == true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>The number of threads left of a process, including one that has ended but not been waited for.</summary>
    public static int Threads(int pid)
    {
        try
        {
            return Directory.EnumerateDirectories($"/proc/{pid}/task").Count();
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>Resident memory in KiB (VmRSS).</summary>
    /// <exception cref="IOException">There is no such process.</exception>
    public static long ResidentKib(int pid) => StatusKib(pid, "VmRSS:");

    /// <summary>The process's own resident memory in KiB, without files and shared memory (RssAnon).</summary>
    /// <exception cref="IOException">There is no such process.</exception>
    public static long AnonymousKib(int pid) => StatusKib(pid, "RssAnon:");

    /// <summary>The command line, words separated by blanks; empty when the process has ended.</summary>
    public static string CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ').Trim();
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static long StatusKib(int pid, string key)
    {
        string line = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith(key, StringComparison.Ordinal));
        return long.Parse(line[key.Length..^"kB".Length], CultureInfo.InvariantCulture);
    }

    private static (int Pid, char State, int Parent)? ReadStat(string file)
    {
        try
        {
            string text = File.ReadAllText(file);
            // The command name, which is in parentheses, may hold blanks and parentheses.
            string[] after = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            int pid = int.Parse(text[..text.IndexOf(' ', StringComparison.Ordinal)], CultureInfo.InvariantCulture);
            return (pid, after[0][0], int.Parse(after[1], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // Not a process, or it ended meanwhile.
        }
    }
}
