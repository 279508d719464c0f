namespace Authd.Bench.Measure;

/// <summary>The daemons' values of one metric in the same rounds; Dovecot's if it can do the job.</summary>
internal sealed record Comparison(Metric Metric, Sample C, Sample Ours, Sample? Dovecot = null)
{
    /// <summary>Median of ours divided by the C daemon's; not a number when the C daemon has none.</summary>
    internal double Ratio => Ours.Median / C.Median;

    /// <summary>The smallest and largest ratio within one round, which show how far the figure can be trusted.</summary>
    internal (double Min, double Max) RatioRange
    {
        get
        {
            double[] ratios = [.. Ours.Readings.Zip(C.Readings, (ours, c) => ours.Value / c.Value)];
            return (ratios.Min(), ratios.Max());
        }
    }
}
