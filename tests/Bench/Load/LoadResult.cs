namespace Authd.Bench.Load;

/// <summary>The result of one run of the load generator.</summary>
/// <param name="Wrong">Refused connections, and replies that differ in one byte or more.</param>
/// <param name="Unanswered">Requests that were given up.</param>
/// <param name="Elapsed">The time from the first connection to the last reply.</param>
/// <param name="Latencies">The times of the right replies, from before connect to after close, in nanoseconds, sorted.</param>
internal sealed record LoadResult(int Wrong, int Unanswered, TimeSpan Elapsed, long[] Latencies)
{
    /// <summary>The number of right replies.</summary>
    internal int Right => Latencies.Length;

    /// <summary>Right replies a second.</summary>
    internal double PerSecond => Right / Elapsed.TotalSeconds;

    /// <summary>The latency below which this share (0 to 1) of the right replies lies.</summary>
    internal TimeSpan Percentile(double share) => Latencies.Length == 0
        ? Timeout.InfiniteTimeSpan
        : TimeSpan.FromMicroseconds(Latencies[(int)(share * (Latencies.Length - 1))] / 1000.0);
}
