namespace Authd.Bench.Measure;

/// <summary>The readings of one metric for one daemon, at least one, one for each round.</summary>
internal sealed record Sample(IReadOnlyList<Reading> Readings)
{
    /// <summary>The value in the middle; of an even number the mean of the two in the middle.</summary>
    internal double Median
    {
        get
        {
            double[] sorted = [.. Readings.Select(reading => reading.Value).Order()];
            int middle = sorted.Length / 2;
            return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        }
    }

    /// <summary>The smallest value.</summary>
    internal double Min => Readings.Min(reading => reading.Value);

    /// <summary>The largest value.</summary>
    internal double Max => Readings.Max(reading => reading.Value);

    /// <summary>The measurement was given up in some round, so the median is too small.</summary>
    internal bool IsLowerBound => Readings.Any(reading => reading.IsLowerBound);
}
