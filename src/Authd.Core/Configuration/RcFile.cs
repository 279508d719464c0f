// The file syntax that authpgsqlrc, authmysqlrc, authsqliterc and authldaprc share (courier-authlib 0.67 and later).
using System.Globalization;
using System.Text;

namespace Authd.Core.Configuration;

/// <summary>
/// One such file, read. A line is <c>NAME value</c>; the first occurrence of a name wins; <c>\</c> at the end of a value
/// continues it; there are no quotes, escapes or inline comments. All text is wire text.
/// </summary>
public sealed class RcFile
{
    private const string Marker = "##NAME: MARKER:";
    private static readonly char[] White = [' ', '\t', '\r', '\v', '\f'];
    private readonly Dictionary<string, (string Value, int Line)> _settings = new(StringComparer.Ordinal);

    private RcFile(string path) => Path = path;

    /// <summary>Where it came from, as messages name it.</summary>
    public string Path { get; }

    /// <summary>Whether the line is there by which sysconftool marks an upgraded file.</summary>
    public bool HasMarker { get; private set; }

    /// <summary>All names, in no particular order.</summary>
    public IReadOnlyCollection<string> Names => _settings.Keys;

    /// <summary>Reads the file's bytes.</summary>
    public static RcFile Parse(string path, ReadOnlySpan<byte> content)
    {
        RcFile file = new(path);
        string[] lines = WireText.FromBytes(content).Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            file.HasMarker |= lines[i].StartsWith(Marker, StringComparison.Ordinal);
            string line = lines[i].Trim(White);
            if (line.Length > 0 && line[0] != '#')
            {
                file.Add(line, lines, ref i);
            }
        }

        return file;
    }

    /// <summary>The value, <c>null</c> when the name does not occur; an empty text when it occurs without a value.</summary>
    public string? Find(string name) => _settings.TryGetValue(name, out (string Value, int Line) found) ? found.Value : null;

    /// <summary>The value of a name that must occur.</summary>
    /// <exception cref="ConfigurationException">It does not.</exception>
    public string Require(string name) => Find(name) ?? throw new ConfigurationException($"{name} not found in {Path}");

    /// <summary>A decimal prefix (<c>12x</c> is 12), 0 when there is none, <paramref name="absent"/> when the name does not occur.</summary>
    public int Number(string name, int absent)
    {
        if (Find(name) is not { } value)
        {
            return absent;
        }

        int sign = value.StartsWith('-') ? 1 : 0;
        int end = sign;
        while (end < value.Length && char.IsAsciiDigit(value[end]))
        {
            end++;
        }

        return int.TryParse(value.AsSpan(0, end), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number : 0;
    }

    /// <summary>An exception that names file, line and key.</summary>
    public ConfigurationException Bad(string name, string problem) =>
        new(Path, _settings.TryGetValue(name, out (string Value, int Line) found) ? found.Line : 0, $"{name}: {problem}");

    private void Add(string line, string[] lines, ref int i)
    {
        int number = i + 1;
        int end = line.IndexOfAny(White);
        string name = end < 0 ? line : line[..end];
        StringBuilder value = new(end < 0 ? "" : line[end..].Trim(White));

        // A name that itself ends in a backslash has no value to continue.
        while (value.Length > 0 && value[^1] == '\\')
        {
            value[^1] = ' ';
            if (i + 1 == lines.Length)
            {
                break;
            }

            value.Append(lines[++i].Trim(White));
        }

        _settings.TryAdd(name, (value.ToString(), number));
    }
}
