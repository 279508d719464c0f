using System.Globalization;
using System.Text;

namespace Authd.Core.Configuration;

/// <summary>A name and its value.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">Its value, lines joined.</param>
/// <param name="Line">Its first line, from 1.</param>
/// <param name="LastLine">Its last line.</param>
public sealed record RcEntry(string Name, string Value, int Line, int LastLine);

/// <summary>
/// A file in the syntax of authpgsqlrc, authmysqlrc, authsqliterc and authldaprc (courier-authlib 0.67 and later), parsed. A line
/// is <c>NAME value</c>; the first occurrence of a name wins; <c>\</c> at the end of a value continues it; there are no quotes,
/// escapes or inline comments. All text is wire text.
/// </summary>
public sealed class RcFile
{
    private const string Marker = "##NAME: MARKER:";
    private static readonly char[] White = [' ', '\t', '\r', '\v', '\f'];

    /// <summary>Words at the beginning of the lines of a statement or of a search filter.</summary>
    private static readonly HashSet<string> StatementWords = new(StringComparer.OrdinalIgnoreCase)
    {
        "AND", "AS", "BETWEEN", "BY", "CASE", "CROSS", "ELSE", "END", "EXISTS", "FROM", "FULL", "GROUP", "HAVING", "IN", "INNER", "INTO",
        "IS", "JOIN", "LEFT", "LIKE", "LIMIT", "NATURAL", "NOT", "NULL", "OFFSET", "ON", "OR", "ORDER", "OUTER", "RETURNING", "RIGHT",
        "SELECT", "SET", "THEN", "UNION", "UPDATE", "USING", "VALUES", "WHEN", "WHERE",
    };

    private readonly Dictionary<string, RcEntry> _settings = new(StringComparer.Ordinal);
    private readonly List<RcEntry> _entries = [];
    private readonly List<string> _warnings = [];

    private RcFile(string path) => Path = path;

    /// <summary>Its path, for messages.</summary>
    public string Path { get; }

    /// <summary>Whether the file has the line by which sysconftool marks an upgraded file.</summary>
    public bool HasMarker { get; private set; }

    /// <summary>The complaint about a missing line; <c>null</c>: the line is there.</summary>
    public string? MarkerDoubt => HasMarker ? null : $"marker line not found in {Path} (probably forgot to run sysconftool after an upgrade)";

    /// <summary>All names, in no particular order.</summary>
    public IReadOnlyCollection<string> Names => _settings.Keys;

    /// <summary>Warnings about the file, each with its place; none of them is fatal.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Adds to <see cref="Warnings"/>.</summary>
    /// <param name="name">The setting concerned.</param>
    /// <param name="text">The warning.</param>
    public void Warn(string name, string text) => _warnings.Add(Bad(name, text).Message);

    /// <summary>Adds <see cref="Warnings"/> about unknown names and repeated settings.</summary>
    /// <param name="known">All known names.</param>
    /// <param name="instead">Replacements for unknown names that are in circulation.</param>
    /// <exception cref="ConfigurationException">A line is the rest of
    /// the value above it, cut off by a missing <c>\</c>.</exception>
    public void CheckNames(IReadOnlyCollection<string> known, IReadOnlyDictionary<string, string> instead)
    {
        ConfigurationException? cut = null;
        for (int i = 0; i < _entries.Count; i++)
        {
            RcEntry entry = _entries[i];
            if (known.Contains(entry.Name))
            {
                if (_settings[entry.Name] is var first && first != entry)
                {
                    Warn(entry, $"{entry.Name} is not read: line {first.Line} has it already");
                    continue;
                }

                foreach (string doubt in RcDoubts.OfValue(entry))
                {
                    Warn(entry, $"{entry.Name}: {doubt}");
                }
            }
            else if (i > 0 && IsRest(entry))
            {
                RcEntry above = _entries[i - 1];
                cut ??= new ConfigurationException(Path, entry.Line, $"'{entry.Name}' is no setting, but looks like the rest of "
                    + $"{above.Name}: put a \\ at the end of line {above.LastLine}, or a # in front of this line");
            }
            else
            {
                string hint = instead.TryGetValue(entry.Name, out string? other) ? $": {other}" : Unknown(entry.Name, known);
                Warn(entry, $"{entry.Name} is not read{hint}");
            }
        }

        if (cut is not null)
        {
            throw cut;
        }
    }

    /// <summary>Reads the file's bytes.</summary>
    public static RcFile Parse(string path, ReadOnlySpan<byte> content)
    {
        RcFile file = new(path);
        string text = RcDoubts.WithoutByteOrderMark(path, WireText.FromBytes(content), file._warnings);

        string[] lines = text.Split('\n');
        if (Array.Exists(lines, static line => line.EndsWith('\r')))
        {
            file._warnings.Add($"{path}: lines end in CR LF; the CRs are ignored");
        }

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
    public string? Find(string name) => _settings.TryGetValue(name, out RcEntry? found) ? found.Value : null;

    /// <summary>All names with their lines, in the file's order.</summary>
    public IEnumerable<(string Name, int Line)> Places => _settings.Select(static pair => (pair.Key, pair.Value.Line)).OrderBy(static at => at.Line);

    /// <summary>The value of a required name.</summary>
    /// <exception cref="ConfigurationException">The name does not occur.</exception>
    public string Require(string name) => Find(name) ?? throw new ConfigurationException($"{name} not found in {Path}");

    /// <summary>A whole number, <paramref name="absent"/> when the name does not occur.</summary>
    /// <param name="name">The name.</param>
    /// <param name="absent">The default.</param>
    /// <param name="what">The kind of number, for the message: <c>a number of seconds</c>.</param>
    /// <exception cref="ConfigurationException">The value is not a number, or has a unit behind it.</exception>
    public int Number(string name, int absent, string what) => Find(name) is not { } value ? absent
        : int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number : throw Bad(name, $"must be {what}, not '{value}'{Remark(value)}");

    /// <summary>A switch; off when the name does not occur or has no value.</summary>
    /// <exception cref="ConfigurationException">The value is neither a number nor one of the usual words.</exception>
    public bool IsOn(string name) => (Find(name) ?? "").ToLowerInvariant() switch
    {
        "yes" or "on" or "true" or "y" or "t" => true,
        "" or "no" or "off" or "false" or "n" or "f" => false,
        var value when int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) => number != 0,
        var value => throw Bad(name, $"must be 1 or 0 (yes or no), not '{value}'{Remark(value)}"),
    };

    /// <summary>A hint for an administrator who has written a comment after a value; else empty.</summary>
    public static string Remark(string value) =>
        value.Contains(" #", StringComparison.Ordinal) || value.Contains("\t#", StringComparison.Ordinal)
            ? ": what stands behind a # is part of the value, comments have lines of their own" : "";

    /// <summary>An exception that names file, line and key.</summary>
    public ConfigurationException Bad(string name, string problem) =>
        new(Path, _settings.TryGetValue(name, out RcEntry? found) ? found.Line : 0, $"{name}: {problem}");

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

        RcEntry entry = new(name, value.ToString(), number, Math.Min(i, lines.Length - 1) + 1);
        _entries.Add(entry);
        _settings.TryAdd(name, entry);
    }

    private void Warn(RcEntry entry, string text) => _warnings.Add($"{Path}:{entry.Line}: {text}");

    /// <summary>Not the name of a setting: a word of a statement,
    /// punctuation, a list's item, or a line with a variable.</summary>
    private static bool IsRest(RcEntry entry) => StatementWords.Contains(entry.Name) || "(),|&'\"".Contains(entry.Name[0])
        || entry.Name[^1] == ',' || entry.Name.Contains("$(", StringComparison.Ordinal)
        || entry.Value.Contains("$(", StringComparison.Ordinal);

    private static string Unknown(string name, IReadOnlyCollection<string> known)
    {
        if (RcDoubts.OfName(name, known) is { } meant)
        {
            return $": {meant}";
        }

        // Of another module's file, or without the beginning that all names have.
        string rest = name[(name.IndexOf('_') + 1)..];
        string? own = known.FirstOrDefault(known => known.EndsWith("_" + name, StringComparison.OrdinalIgnoreCase))
            ?? known.FirstOrDefault(known => rest.Length < name.Length && known.EndsWith("_" + rest, StringComparison.OrdinalIgnoreCase)
                && known.Length - rest.Length <= "SQLITE_".Length);
        string suggestion = Suggestion.For(name, known);
        return $": unknown name{(suggestion.Length == 0 && own is not null ? $" (did you mean {own}?)" : suggestion)}";
    }
}
