using Authd.Linux.Native;

namespace Authd.Linux.Processes;

/// <summary>The niceness of one thread: on Linux each has its own.</summary>
public static class ThreadNiceness
{
    /// <summary>Raises the calling thread's niceness. This needs no privilege, but lowering it again does.</summary>
    /// <param name="by">0 to 19; 19 is the maximum.</param>
    /// <exception cref="LibcException">The call is forbidden here.</exception>
    public static void Raise(int by)
    {
        // -1 is also a valid niceness, so an error cannot be told apart; for the calling thread the call does not fail.
        int now = Libc.getpriority(Libc.PRIO_PROCESS, 0);
        if (Libc.setpriority(Libc.PRIO_PROCESS, 0, now + by) != 0)
        {
            throw LibcException.Last("setpriority");
        }
    }
}
