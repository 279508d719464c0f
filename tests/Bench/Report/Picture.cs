using System.Text;
using Authd.Bench.Measure;

namespace Authd.Bench.Report;

/// <summary>The SVG files: every comparison with a place in a picture, in panels below each other on a white sheet.</summary>
internal static class Picture
{
    /// <summary>File name and content of each picture.</summary>
    internal static IEnumerable<(string File, string Svg)> Draw(IReadOnlyList<Comparison> comparisons) => comparisons
        .Where(comparison => comparison.Metric.Plot is not null)
        .GroupBy(comparison => comparison.Metric.Plot!.Panel)
        .GroupBy(panel => panel.Key.File, panel => new BarChart(panel.Key, [.. panel]))
        .Select(file => (file.Key, Sheet([.. file])));

    private static string Sheet(BarChart[] charts)
    {
        int height = charts.Length * BarChart.Height;
        StringBuilder svg = new();
        svg.Append("<svg xmlns=\"http://www.w3.org/2000/svg\" ")
            .Append($"viewBox=\"0 0 {BarChart.Width} {height}\" width=\"{BarChart.Width}\" height=\"{height}\" ")
            .Append("font-family=\"DejaVu Sans, Helvetica, Arial, sans-serif\" font-size=\"12\" fill=\"#222\">\n")
            .Append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        for (int index = 0; index < charts.Length; index++)
        {
            svg.Append(charts[index].Render(index * BarChart.Height));
        }
        return svg.Append("</svg>\n").ToString();
    }
}
