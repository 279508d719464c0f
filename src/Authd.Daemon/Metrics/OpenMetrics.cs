using System.Globalization;
using System.Text;

namespace Authd.Daemon.Metrics;

/// <summary>Writes metrics in the text format of OpenMetrics 1.0, which Prometheus reads.</summary>
internal static class OpenMetrics
{
    /// <summary>The content type over HTTP.</summary>
    internal const string ContentType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// <summary>The text, with its end mark.</summary>
    internal static string Write(IReadOnlyList<MetricFamily> families)
    {
        StringBuilder text = new();
        foreach (MetricFamily family in families)
        {
            string type = family.Type switch
            {
                MetricType.Gauge => "gauge",
                MetricType.Counter => "counter",
                _ => "histogram",
            };
            text.Append(CultureInfo.InvariantCulture, $"# TYPE {family.Name} {type}\n# HELP {family.Name} {Escape(family.Help)}\n");
            foreach (MetricSample sample in family.Samples)
            {
                text.Append(family.Name).Append(sample.Suffix);
                if (sample.Labels.Count > 0)
                {
                    text.Append('{')
                        .AppendJoin(',', sample.Labels.Select(static label => $"{label.Name}=\"{Escape(label.Value)}\""))
                        .Append('}');
                }

                text.Append(' ').Append(sample.Value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
            }
        }

        return text.Append("# EOF\n").ToString();
    }

    private static string Escape(string text) => text
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);
}
