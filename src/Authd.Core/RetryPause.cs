namespace Authd.Core;

/// <summary>The pause before another attempt: it doubles with each failure, up to a longest one.</summary>
public static class RetryPause
{
    /// <summary>The pause after a number of failures; <paramref name="first"/> after none.</summary>
    public static TimeSpan After(int failures, TimeSpan first, TimeSpan longest) =>
        TimeSpan.FromSeconds(Math.Min(first.TotalSeconds * Math.Pow(2, failures), longest.TotalSeconds));

    /// <summary>The same, shortened by up to a half, so that processes which failed together do not return together.</summary>
    /// <param name="failures">The number of failures.</param>
    /// <param name="first">The pause after none.</param>
    /// <param name="longest">The longest pause.</param>
    /// <param name="jitter">A random number from 0 to 1.</param>
    public static TimeSpan After(int failures, TimeSpan first, TimeSpan longest, double jitter) =>
        After(failures, first, longest) * (0.5 + (jitter / 2));
}
