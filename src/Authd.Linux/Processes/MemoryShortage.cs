// The order in which the kernel kills when memory runs out: the children first, because the supervisor can replace them.
using System.Globalization;
using Authd.Linux.Native;

namespace Authd.Linux.Processes;

/// <summary>oom_score_adj of /proc: thousandths of the memory by which a process counts as larger than it is. Everybody may
/// raise it.</summary>
public static class MemoryShortage
{
    private const long Thousandths = 1000;

    /// <summary>A supervisor has 14 MiB, of which 10 are its program's file. It would be the largest beside children that are just
    /// starting. No more than that: children must not be the first victims of the whole machine.</summary>
    private const long Difference = 16 * 1024 * 1024;

    /// <summary>Starts a process that the kernel kills before this one.</summary>
    /// <param name="program">The process.</param>
    /// <returns>Its pid.</returns>
    /// <exception cref="LibcException">It cannot be started.</exception>
    public static int StartBeforeThis(ChildProgram program)
    {
        int pid = ChildProcess.Start(program);
        try
        {
            // From outside: the process may be killed before its first line runs.
            long own = long.Parse(File.ReadAllText("/proc/self/oom_score_adj"), CultureInfo.InvariantCulture);
            long more = Difference * Thousandths / Math.Max(ResourceLimit.MostMemoryOfService(), 1);
            File.WriteAllText(
                string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/oom_score_adj"),
                Math.Min(own + more + 1, Thousandths).ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended already, or the kernel decides as it does for all.
        }

        return pid;
    }
}
