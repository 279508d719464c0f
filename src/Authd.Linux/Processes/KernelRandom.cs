// Random keys from the kernel itself: .NET's generator would load OpenSSL, for which the supervisor has no other use.
using Authd.Linux.Native;

namespace Authd.Linux.Processes;

/// <summary>getrandom(2).</summary>
public static unsafe class KernelRandom
{
    /// <summary>So many 64-bit words that nobody can guess.</summary>
    /// <param name="count">At most 32: the kernel interrupts nothing so short.</param>
    /// <exception cref="LibcException">The kernel refuses.</exception>
    public static long[] Words(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 32);
        var words = new long[count];
        fixed (long* start = words)
        {
            return Libc.getrandom(start, count * sizeof(long), 0) == count * sizeof(long)
                ? words
                : throw LibcException.Last("getrandom");
        }
    }
}
