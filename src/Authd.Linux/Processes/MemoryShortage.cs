// The order in which the kernel kills when memory runs out: the children first, because the supervisor can replace them.
using System.Globalization;
using Authd.Linux.Native;

namespace Authd.Linux.Processes;

/// <summary>oom_score_adj of /proc, which everybody may raise.</summary>
public static class MemoryShortage
{
    private const int Most = 1000;

    /// <summary>A fifth of the memory, in thousandths: more than the supervisor is larger than a worker in the smallest service.</summary>
    private const int Difference = 200;

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
            int own = int.Parse(File.ReadAllText("/proc/self/oom_score_adj"), CultureInfo.InvariantCulture);
            File.WriteAllText(
                string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/oom_score_adj"),
                Math.Min(own + Difference, Most).ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended already, or the kernel decides as it does for all.
        }

        return pid;
    }
}
