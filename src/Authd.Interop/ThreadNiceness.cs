// Makes the calling thread give way to others.
namespace Authd.Interop;

/// <summary>nice(2) of one thread: on Linux each has its own.</summary>
public static class ThreadNiceness
{
    /// <summary>Raises the calling thread's niceness; that needs no right, and cannot be taken back without one.</summary>
    /// <param name="by">0 to 19; 19 is the most that there is.</param>
    /// <exception cref="LibcException">The call is forbidden here.</exception>
    public static void Raise(int by)
    {
        // -1 is a niceness too: there is no telling an error, and for the calling thread there is none.
        int now = Libc.getpriority(Libc.PRIO_PROCESS, 0);
        if (Libc.setpriority(Libc.PRIO_PROCESS, 0, now + by) != 0)
        {
            throw LibcException.Last("setpriority");
        }
    }
}
