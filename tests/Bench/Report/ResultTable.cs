using System.Text;
using Authd.Bench.Measure;

namespace Authd.Bench.Report;

/// <summary>The comparisons as Markdown tables, one for each section,
/// with aligned columns that are readable on a terminal, too.</summary>
internal static class ResultTable
{
    private static readonly string[] Header = ["what", "unit", "C", "Dovecot", "ours", "ours / C (range)", "ours / Dovecot", "target", "reached"];

    /// <summary>All sections that have comparisons.</summary>
    internal static string Render(IReadOnlyList<Comparison> comparisons)
    {
        StringBuilder text = new();
        foreach (IGrouping<Section, Comparison> section in comparisons.GroupBy(c => c.Metric.Section).OrderBy(g => g.Key))
        {
            text.Append("## ").Append(Title(section.Key)).Append("\n\n");
            AppendTable(text, [.. section.Select(Row)]);
            text.Append('\n');
        }
        return text.ToString();
    }

    /// <summary>The missed targets, one line each; empty when all are reached.</summary>
    internal static string Behind(IReadOnlyList<Comparison> comparisons) => string.Concat(comparisons
        .Where(c => c.Metric.Target is { } target && !target.IsMet(c))
        .Select(c => $"- {c.Metric.What}: {Figure.Median(c.Ours)} {c.Metric.Unit} against {Figure.Median(c.C)}"
            + $" (target {c.Metric.Target!.Text})\n"));

    private static string Title(Section section) => section switch
    {
        Section.Throughput => "Requests a second",
        Section.Latency => "Latency of a request (connect to close)",
        Section.Cpu => "CPU time a request, all processes of the daemon",
        Section.SilentClients => "Sixteen clients ask (userdb) while others are connected and silent",
        Section.SlowHashes => "One client looks up (userdb) while sixteen log in with yescrypt",
        Section.Memory => "Memory and size (MB = 10^6 bytes)",
        Section.Start => "Start",
        Section.Tools => "Programs beside the daemon (Debian's and ours)",
        _ => throw new ArgumentOutOfRangeException(nameof(section)),
    };

    private static string[] Row(Comparison comparison)
    {
        Target? target = comparison.Metric.Target;
        string reached = target is null ? "" : target.IsMet(comparison) ? "yes" : "**BEHIND**";
        return
        [
            comparison.Metric.What,
            comparison.Metric.Unit,
            Figure.Median(comparison.C),
            comparison.Dovecot is { } dovecot ? Figure.Median(dovecot) : "",
            Figure.Median(comparison.Ours),
            Figure.Ratio(comparison),
            comparison.Dovecot is { } other ? Figure.Plain(comparison.Ours.Median / other.Median) : "",
            target?.Text ?? "",
            reached,
        ];
    }

    private static void AppendTable(StringBuilder text, List<string[]> rows)
    {
        int[] widths = [.. Header.Select((title, column) => rows.Max(row => Math.Max(row[column].Length, title.Length)))];
        AppendRow(text, Header, widths);
        AppendRow(text, [.. widths.Select((width, column) =>
            IsNumber(column) ? new string('-', width - 1) + ":" : new string('-', width))], widths);
        rows.ForEach(row => AppendRow(text, row, widths));
    }

    private static void AppendRow(StringBuilder text, string[] cells, int[] widths)
    {
        IEnumerable<string> padded = cells.Select(
            (cell, column) => IsNumber(column) ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]));
        text.Append("| ").AppendJoin(" | ", padded).Append(" |\n");
    }

    private static bool IsNumber(int column) => column is >= 2 and <= 6;
}
