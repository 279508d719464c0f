using System.Globalization;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace Authd.Core.Configuration;

/// <summary>
/// authdaemond.ini, this daemon's own optional file for settings that courier-authlib does not have. Microsoft's Ini provider
/// reads it; typed access here reports errors with file, line and key. Each key that is read is thereby a setting of this daemon;
/// <see cref="Check"/> warns about the others.
/// </summary>
public sealed class DaemonIni
{
    private readonly string _fileName;
    private readonly IConfiguration _values;
    private readonly IReadOnlyDictionary<string, int> _lines;
    private readonly Lock _recording = new();
    private readonly SortedSet<string> _settings = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<AskedKey> _asked = [];
    private List<string>? _problems;

    private DaemonIni(string fileName, IConfiguration values, IReadOnlyDictionary<string, int> lines)
    {
        _fileName = fileName;
        _values = values;
        _lines = lines;
    }

    /// <summary>Parses the file's text; an empty text is a file without settings.</summary>
    /// <exception cref="ConfigurationException">The text is not an ini file; the message names every wrong line.</exception>
    public static DaemonIni Parse(string fileName, string text)
    {
        Dictionary<string, int> lines = IniLines.Read(fileName, text);
        try
        {
            using MemoryStream stream = new(Encoding.UTF8.GetBytes(text));
            return new DaemonIni(fileName, new ConfigurationBuilder().AddIniStream(stream).Build(), lines);
        }
        catch (FormatException e)
        {
            throw new ConfigurationException(fileName, 0, e.Message);
        }
    }

    /// <summary><c>[log] successful-logins</c>: a login that succeeds leaves a line in the log as well.</summary>
    /// <exception cref="ConfigurationException">The value is neither yes nor no.</exception>
    public bool LogsSuccessfulLogins => YesNo("log", "successful-logins", usual: false);

    /// <summary>Has every reader read its settings, and reports all problems at once.</summary>
    /// <param name="readers">All readers: a key that none of them reads is unknown.</param>
    /// <returns>A warning for each unknown key, in the file's order.</returns>
    /// <exception cref="ConfigurationException">Values are not valid for their keys; the message names each.</exception>
    public IReadOnlyList<string> Check(IEnumerable<Action<DaemonIni>> readers)
    {
        _problems = [];
        foreach (Action<DaemonIni> read in readers)
        {
            try
            {
                read(this);
            }
            catch (ConfigurationException wrong)
            {
                _problems.AddRange(wrong.Problems);
            }
        }

        if (_problems is { Count: > 0 } problems)
        {
            _problems = null;
            throw new ConfigurationException([.. problems.Distinct()]);
        }

        _problems = null;
        return
        [
            .. from line in _lines
               where !_settings.Contains(line.Key)
               orderby line.Value
               select $"{_fileName}:{line.Value}: {Shown(line.Key)} is not a setting of this daemon"
                   + Suggestion.For(line.Key, _settings, Shown),
        ];
    }

    /// <summary>All keys that have been read, with their defaults.</summary>
    public IReadOnlyCollection<AskedKey> Asked
    {
        get
        {
            lock (_recording)
            {
                return [.. _asked];
            }
        }
    }

    /// <summary>A number, or <paramref name="usual"/> when the key is missing.</summary>
    /// <exception cref="ConfigurationException">The value is not a number, or out of range.</exception>
    public int Number(string section, string key, int usual, int least, int most)
    {
        string? text = Value(section, key, usual.ToString(CultureInfo.InvariantCulture));
        if (text is null)
        {
            return usual;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && number >= least && number <= most
            ? number
            : Refuse(section, key, $"a number from {least} to {most}", usual);
    }

    /// <summary>
    /// A number of bytes, with or without a final <c>K</c>, <c>M</c> or <c>G</c> (powers of 1024), or <paramref name="usual"/>
    /// when the key is missing. 0 is always valid.
    /// </summary>
    /// <exception cref="ConfigurationException">The value is not such a number, or out of range.</exception>
    public long Bytes(string section, string key, long usual, long least, long most)
    {
        string? text = Value(section, key, usual.ToString(CultureInfo.InvariantCulture));
        if (text is null)
        {
            return usual;
        }

        int shift = text.Length == 0 ? 0 : char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        return int.TryParse(shift == 0 ? text : text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && ((long)number << shift) is var bytes && (bytes == 0 || (bytes >= least && bytes <= most))
            ? bytes
            : Refuse(section, key, $"0, or a number of bytes from {least} to {most} such as 16M", usual);
    }

    /// <summary>An absolute path, or <c>null</c> when the key is missing.</summary>
    /// <exception cref="ConfigurationException">The path is not absolute.</exception>
    public string? AbsolutePath(string section, string key) => Value(section, key) switch
    {
        null => null,
        var path when path.StartsWith('/') => path,
        _ => Refuse<string?>(section, key, "an absolute path", null),
    };

    /// <summary>The text of a key, or <c>null</c> when it is missing or empty.</summary>
    public string? Word(string section, string key) => Value(section, key) is { Length: > 0 } word ? word : null;

    /// <summary>The text of a key, or <paramref name="usual"/> when it is not there.</summary>
    public string Word(string section, string key, string usual) => Value(section, key, usual) ?? usual;

    /// <summary><c>yes</c> or <c>no</c>, or <paramref name="usual"/> when the key is missing.</summary>
    /// <exception cref="ConfigurationException">The value is neither.</exception>
    public bool YesNo(string section, string key, bool usual) => Value(section, key, usual ? "yes" : "no") switch
    {
        null => usual,
        "yes" => true,
        "no" => false,
        _ => Refuse(section, key, "yes or no", usual),
    };

    /// <summary>The meaning of one of several names, or <c>null</c> when the key is missing.</summary>
    /// <exception cref="ConfigurationException">The value is not one of the names.</exception>
    public string? OneOf(string section, string key, IReadOnlyDictionary<string, string> meanings)
    {
        if (Value(section, key) is not { } name)
        {
            return null;
        }

        return meanings.TryGetValue(name, out string? meaning)
            ? meaning
            : Refuse<string?>(section, key, $"one of {string.Join(", ", meanings.Keys)}", null);
    }

    /// <summary>Words separated by blanks or commas, or those of <paramref name="usual"/> when the key is missing.</summary>
    public IReadOnlyList<string> Words(string section, string key, string usual) =>
        (Value(section, key, usual) ?? usual).Split([' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The error about a value that is not valid for its key.</summary>
    public ConfigurationException Bad(string section, string key, string wanted) => new(
        _fileName,
        _lines.GetValueOrDefault($"{section}:{key}"),
        $"[{section}] {key} must be {wanted}, not '{Value(section, key)}'");

    /// <summary>The unchanged value, or <c>null</c> when the key is missing.</summary>
    public string? Text(string section, string key) => Value(section, key);

    /// <summary>The line that sets the key; 0: no line.</summary>
    public int LineOf(string section, string key) => _lines.GetValueOrDefault($"{section}:{key}");

    private string? Value(string section, string key, string? usual = null)
    {
        string path = $"{section}:{key}";
        lock (_recording)
        {
            if (_settings.Add(path))
            {
                _asked.Add(new AskedKey(section, key, usual));
            }
        }

        return _values[path];
    }

    /// <summary>During the check of the whole file, records a wrong value and continues with the default.</summary>
    private T Refuse<T>(string section, string key, string wanted, T usual)
    {
        ConfigurationException wrong = Bad(section, key, wanted);
        if (_problems is null)
        {
            throw wrong;
        }

        _problems.Add(wrong.Message);
        return usual;
    }

    private static string Shown(string path) =>
        path.IndexOf(':') is var mark and > 0 ? $"[{path[..mark]}] {path[(mark + 1)..]}" : path;
}

/// <summary>A key that was read.</summary>
/// <param name="Section">Its section.</param>
/// <param name="Key">Its name.</param>
/// <param name="Usual">Its default; <c>null</c>: none, or one that depends on the machine.</param>
public sealed record AskedKey(string Section, string Key, string? Usual);
