using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Authd.Daemon.Metrics;

/// <summary>Writes metrics as one JSON object; each name has a type, a help text and samples.</summary>
internal static class MetricsJson
{
    /// <summary>The text, with a line end.</summary>
    internal static string Write(IReadOnlyList<MetricFamily> families)
    {
        ArrayBufferWriter<byte> text = new();
        using (Utf8JsonWriter json = new(text, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            foreach (MetricFamily family in families)
            {
                json.WriteStartObject(family.Name);
                json.WriteString("type", family.Type.ToString().ToLowerInvariant());
                json.WriteString("help", family.Help);
                json.WriteStartArray("samples");
                foreach (MetricSample sample in family.Samples)
                {
                    json.WriteStartObject();
                    json.WriteString("name", family.Name + sample.Suffix);
                    foreach ((string name, string value) in sample.Labels)
                    {
                        json.WriteString(name, value);
                    }

                    json.WriteNumber("value", sample.Value);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.WrittenSpan) + '\n';
    }
}
