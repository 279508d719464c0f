using System.Globalization;
using System.Security;
using System.Text;
using Authd.Bench.Measure;

namespace Authd.Bench.Report;

/// <summary>One panel of pairs of bars, C daemon and ours, drawn as SVG: medians as bars, the range over the rounds as a thin
/// line on them.</summary>
internal sealed class BarChart(Panel panel, IReadOnlyList<Comparison> comparisons)
{
    /// <summary>Width of a panel in pixels.</summary>
    internal const int Width = 760;

    /// <summary>Height of a panel in pixels.</summary>
    internal const int Height = 330;

    private const double Left = 70;
    private const double Right = 20;
    private const double Top = 70;
    private const double Bottom = 55;
    private const double BarShare = 0.3;
    private const double WidestBar = 52;
    private const double Headroom = 1.08;
    private const int GridLines = 5;
    private const string ColourC = "#9aa5b1";
    private const string ColourOurs = "#1f6fb2";

    private readonly StringBuilder _svg = new();
    private readonly double _highest = comparisons.Max(c => Math.Max(c.C.Max, c.Ours.Max)) * Headroom;
    private double _top;

    /// <summary>The panel as an SVG group, moved down by <paramref name="offset"/> pixels.</summary>
    internal string Render(double offset)
    {
        _svg.Append(Invariant($"<g transform=\"translate(0 {offset})\">\n"));
        Text(Left, 26, "start", panel.Title, "font-weight=\"bold\" font-size=\"15\"");
        Legend();
        Grid();
        double step = (Width - Left - Right) / comparisons.Count;
        for (int index = 0; index < comparisons.Count; index++)
        {
            Pair(comparisons[index], Left + (step * (index + 0.5)), Math.Min(step * BarShare, WidestBar));
        }
        Text((Left + Width - Right) / 2, Height - 14, "middle", panel.CategoryTitle, "fill=\"#555\"");
        return _svg.Append("</g>\n").ToString();
    }

    /// <summary>A round distance of grid lines that needs at most six of them for the value.</summary>
    private static double NiceStep(double value)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(value / GridLines)));
        double[] steps = [1, 2, 2.5, 5, 10];
        return steps.First(step => step * power >= value / GridLines) * power;
    }

    private static double Y(double share) => Height - Bottom - (share * (Height - Top - Bottom));

    private void Legend()
    {
        Swatch(Left, ColourC, "C daemon");
        Swatch(Left + 110, ColourOurs, "this daemon");
    }

    private void Swatch(double x, string colour, string name)
    {
        Rectangle(x, 38, 12, 12, colour);
        Text(x + 18, 48, "start", name, "");
    }

    private void Grid()
    {
        double step = NiceStep(_highest);
        _top = Math.Ceiling(_highest / step) * step;
        for (double value = 0; value <= _top; value += step)
        {
            double y = Y(value / _top);
            Line(Left, y, Width - Right, y, value == 0 ? "#555" : "#ddd");
            Text(Left - 8, y + 4, "end", value.ToString("#,0.##", CultureInfo.InvariantCulture), "fill=\"#555\"");
        }
    }

    private void Pair(Comparison comparison, double centre, double width)
    {
        Bar(comparison.C, centre - width, width, ColourC);
        Bar(comparison.Ours, centre, width, ColourOurs);
        Text(centre, Height - Bottom + 18, "middle", comparison.Metric.Plot!.Category, "");
    }

    private void Bar(Sample sample, double x, double width, string colour)
    {
        double top = Y(sample.Median / _top);
        double highest = Y(sample.Max / _top);
        Rectangle(x + 1, top, width - 2, Y(0) - top, colour);
        Line(x + (width / 2), highest, x + (width / 2), Y(sample.Min / _top), "#222");
        Text(x + (width / 2), highest - 5, "middle", Figure.Short(sample.Median), "");
    }

    private void Rectangle(double x, double y, double width, double height, string colour) => _svg.Append(
        Invariant($"<rect x=\"{x:0.#}\" y=\"{y:0.#}\" width=\"{width:0.#}\" height=\"{height:0.#}\" fill=\"{colour}\"/>\n"));

    private void Line(double x1, double y1, double x2, double y2, string colour) => _svg.Append(
        Invariant($"<line x1=\"{x1:0.#}\" y1=\"{y1:0.#}\" x2=\"{x2:0.#}\" y2=\"{y2:0.#}\" stroke=\"{colour}\"/>\n"));

    private void Text(double x, double y, string anchor, string text, string style) => _svg.Append(
        Invariant($"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\" {style}>{SecurityElement.Escape(text)}</text>\n"));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
