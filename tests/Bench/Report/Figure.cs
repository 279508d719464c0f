using System.Globalization;
using Authd.Bench.Measure;

namespace Authd.Bench.Report;

/// <summary>Formats numbers for readers, with three significant digits or all digits before the point.</summary>
internal static class Figure
{
    /// <summary>A number without unit.</summary>
    internal static string Plain(double value) => value switch
    {
        _ when !double.IsFinite(value) => "stalled",
        >= 100 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("N1", CultureInfo.InvariantCulture),
        _ => value.ToString("N2", CultureInfo.InvariantCulture),
    };

    /// <summary>The median of a sample, marked when it is a lower bound.</summary>
    internal static string Median(Sample sample) => (sample.IsLowerBound ? "> " : "") + Plain(sample.Median);

    /// <summary>The ratio and its range over the rounds; a dash without a ratio.</summary>
    internal static string Ratio(Comparison comparison)
    {
        if (!double.IsFinite(comparison.Ratio) || !double.IsFinite(comparison.C.Median))
        {
            return "-";
        }
        string ratio = Plain(comparison.Ratio);
        (double min, double max) = comparison.RatioRange;
        return comparison.C.Readings.Count == 1 ? ratio : $"{ratio} ({Plain(min)}-{Plain(max)})";
    }

    /// <summary>Short, for a bar's label: 62.1k.</summary>
    internal static string Short(double value) => value >= 1000
        ? (value / 1000).ToString("0.0", CultureInfo.InvariantCulture) + "k"
        : value.ToString(value >= 100 || value == 0 ? "0" : "0.0", CultureInfo.InvariantCulture);
}
