// What /proc tells about a process and its children.
using System.Globalization;

namespace Authd.Tests.Support;

/// <summary>Looks at processes through /proc.</summary>
public static class ProcessTree
{
    /// <summary>The direct children of a process; none when it is gone.</summary>
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

    /// <summary>How many sockets the process has open; 0 when it is gone.</summary>
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

    /// <summary>A descriptor that is closed meanwhile is none: it must not make the others uncounted.</summary>
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

    /// <summary>How many threads are left of a process, one that is dead but not yet waited for among them.</summary>
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
    public static long ResidentKib(int pid)
    {
        string line = File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line["VmRSS:".Length..^"kB".Length], CultureInfo.InvariantCulture);
    }

    /// <summary>The command line, words separated by blanks; empty when the process is gone.</summary>
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

    private static (int Pid, char State, int Parent)? ReadStat(string file)
    {
        try
        {
            string text = File.ReadAllText(file);
            // The command name in parentheses may itself hold blanks and parentheses.
            string[] after = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            int pid = int.Parse(text[..text.IndexOf(' ', StringComparison.Ordinal)], CultureInfo.InvariantCulture);
            return (pid, after[0][0], int.Parse(after[1], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // Not a process, or it ended while we looked.
        }
    }
}
