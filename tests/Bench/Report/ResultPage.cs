using System.Globalization;
using System.Text;
using Authd.Bench.Measure;
using Authd.Bench.Scenarios;

namespace Authd.Bench.Report;

/// <summary>The whole report as one page: machine, method, missed targets, and the tables.</summary>
internal static class ResultPage
{
    /// <summary>The page in Markdown.</summary>
    internal static async Task<string> RenderAsync(
        Testbed testbed, Effort effort, IReadOnlyList<Comparison> comparisons, int wrong)
    {
        StringBuilder page = new();
        page.Append("# The C daemon and this one, measured side by side\n\n");
        page.Append("Written by `make bench`. ").Append(Method(effort)).Append("\n\n");
        page.Append(await Machine.DescribeAsync(testbed)).Append('\n');
        page.Append(
            CultureInfo.InvariantCulture, $"Wrong or missing replies outside the silent-client section: {wrong}.\n\n");
        string behind = ResultTable.Behind(comparisons);
        page.Append(behind.Length == 0 ? "All targets are reached.\n\n" : $"Behind the target:\n\n{behind}\n");
        page.Append(ResultTable.Render(comparisons));
        foreach ((string file, _) in Picture.Draw(comparisons))
        {
            page.Append(CultureInfo.InvariantCulture, $"![{Path.GetFileNameWithoutExtension(file)}]({file})\n\n");
        }
        return page.ToString().TrimEnd() + "\n";
    }

    private static string Method(Effort effort) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        The daemons take turns, {effort.Rounds} rounds of {effort.Duration.TotalSeconds} s in each scenario;
        figures are medians, in parentheses the smallest and largest ratio within a round. Clients, daemons and PostgreSQL
        share the processors. Each client connects, sends one request, reads to the end of the connection, closes, and
        starts again; every reply is compared with the expected bytes. "> n" means that measuring was given up at n.
        """);
}
