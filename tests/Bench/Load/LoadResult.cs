// What one run of the load generator found.
namespace Authd.Bench.Load;

/// <summary>Counts and times of one run. Latencies are in nanoseconds, sorted.</summary>
internal sealed record LoadResult(int Right, int Wrong, TimeSpan Elapsed, long[] Latencies)
{
    /// <summary>Right replies a second.</summary>
    internal double PerSecond => Right / Elapsed.TotalSeconds;

    /// <summary>The latency below which this share (0 to 1) of the right replies lies.</summary>
    internal TimeSpan Percentile(double share) => Latencies.Length == 0
        ? Timeout.InfiniteTimeSpan
        : TimeSpan.FromMicroseconds(Latencies[(int)(share * (Latencies.Length - 1))] / 1000.0);
}
