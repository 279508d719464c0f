// The two daemons side by side in one metric.
namespace Authd.Bench.Measure;

/// <summary>Both daemons' values of the same rounds.</summary>
internal sealed record Comparison(Metric Metric, Sample C, Sample Ours)
{
    /// <summary>Median of ours divided by the C daemon's; not a number when the C daemon has none.</summary>
    internal double Ratio => Ours.Median / C.Median;

    /// <summary>The smallest and largest ratio within one round: how far the figure can be trusted.</summary>
    internal (double Min, double Max) RatioRange
    {
        get
        {
            double[] ratios = [.. Ours.Readings.Zip(C.Readings, (ours, c) => ours.Value / c.Value)];
            return (ratios.Min(), ratios.Max());
        }
    }
}
