using System.Globalization;

namespace Authd.Bench.Measure;

/// <summary>A target in words and as a condition.</summary>
internal sealed class Target
{
    private readonly Func<Comparison, bool> _isMet;

    private Target(string text, Func<Comparison, bool> isMet)
    {
        Text = text;
        _isMet = isMet;
    }

    /// <summary>The text for the report.</summary>
    internal string Text { get; }

    /// <summary>Ours is at least this many times the C daemon's.</summary>
    internal static Target RatioAtLeast(double factor) => new(Invariant($">= {factor}x"), c => c.Ratio >= factor);

    /// <summary>Ours is at most this many times the C daemon's.</summary>
    internal static Target RatioAtMost(double factor) => new(Invariant($"<= {factor}x"), c => c.Ratio <= factor);

    /// <summary>Our value itself is at most this.</summary>
    internal static Target OursAtMost(double limit) => new(Invariant($"ours <= {limit}"), c => c.Ours.Median <= limit);

    /// <summary>Whether the comparison reaches the target.</summary>
    internal bool IsMet(Comparison comparison) => _isMet(comparison);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
