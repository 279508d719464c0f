// How long to wait before what has failed again and again is tried once more.
namespace Authd.Core;

/// <summary>A pause that doubles with each failure, up to a longest one.</summary>
public static class RetryPause
{
    /// <summary>The pause after so many failures: <paramref name="first"/> after none.</summary>
    public static TimeSpan After(int failures, TimeSpan first, TimeSpan longest) =>
        TimeSpan.FromSeconds(Math.Min(first.TotalSeconds * Math.Pow(2, failures), longest.TotalSeconds));

    /// <summary>The same, shortened by up to a half: processes that failed together do not come back together.</summary>
    /// <param name="failures">How many.</param>
    /// <param name="first">After none.</param>
    /// <param name="longest">The bound.</param>
    /// <param name="jitter">A random number from 0 to 1.</param>
    public static TimeSpan After(int failures, TimeSpan first, TimeSpan longest, double jitter) =>
        After(failures, first, longest) * (0.5 + (jitter / 2));
}
