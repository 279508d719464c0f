// authdaemond.ini, this daemon's own optional file: what courier-authlib has no setting for.
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace Authd.Core.Configuration;

/// <summary>The file as Microsoft's Ini provider reads it, with typed access whose errors name file and key.</summary>
public sealed class DaemonIni
{
    // docs/SETTINGS.md lists the same.
    private static readonly HashSet<string> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        "limits:connections", "limits:idle-seconds", "limits:request-seconds", "limits:write-seconds", "limits:request-bytes",
        "workers:blocking", "workers:hashing", "workers:hashing-nice", "workers:listening",
        "passwords:minimum", "passwords:scheme", "passwords:system-helper",
        "pipe:program", "pipe:programs", "pipe:timeout",
        "vchkpw:home", "vchkpw:users",
        "log:successful-logins",
        "pgsql:prepare", "pgsql:connections", "pgsql:connect-timeout", "pgsql:statement-timeout", "pgsql:idle-timeout",
        "ldap:connections", "ldap:timeout", "ldap:idle-timeout",
        "mysql:connections", "mysql:connect-timeout", "mysql:statement-timeout", "mysql:idle-timeout",
        "sqlite:connections", "sqlite:busy-timeout", "sqlite:statement-timeout", "sqlite:idle-timeout",
        "pam:processes", "pam:conversations", "pam:wait-timeout", "pam:conversation-timeout", "pam:idle-timeout",
        "pam:longest-delay",
        "penalty:delays", "penalty:forget-after", "penalty:networks", "penalty:waiting",
        "replies:temporary-failure-services",
        "relay:services", "relay:expire-minutes",
    };

    private readonly string _fileName;
    private readonly IConfiguration _values;

    private DaemonIni(string fileName, IConfiguration values)
    {
        _fileName = fileName;
        _values = values;
    }

    /// <summary>Parses the file's text; an empty text is a file without settings.</summary>
    /// <exception cref="ConfigurationException">The text is no ini file.</exception>
    public static DaemonIni Parse(string fileName, string text)
    {
        try
        {
            using MemoryStream stream = new(Encoding.UTF8.GetBytes(text));
            return new DaemonIni(fileName, new ConfigurationBuilder().AddIniStream(stream).Build());
        }
        catch (FormatException e)
        {
            throw new ConfigurationException(fileName, 0, e.Message);
        }
    }

    /// <summary><c>[log] successful-logins</c>: a login that succeeds leaves a line in the log as well.</summary>
    /// <exception cref="ConfigurationException">Neither yes nor no.</exception>
    public bool LogsSuccessfulLogins => YesNo("log", "successful-logins", usual: false);

    /// <summary>A warning for each key that nothing reads.</summary>
    public IEnumerable<string> Warnings() =>
        from pair in _values.AsEnumerable()
        where pair.Value is not null && !Known.Contains(pair.Key)
        select $"{_fileName}: {Shown(pair.Key)} is not a setting of this daemon";

    /// <summary>A number, or <paramref name="usual"/> when the key is not there.</summary>
    /// <exception cref="ConfigurationException">It is no number, or out of range.</exception>
    public int Number(string section, string key, int usual, int least, int most)
    {
        string? text = _values[$"{section}:{key}"];
        if (text is null)
        {
            return usual;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && number >= least && number <= most
            ? number
            : throw Bad(section, key, $"a number from {least} to {most}");
    }

    /// <summary>An absolute path, or <c>null</c> when the key is not there.</summary>
    /// <exception cref="ConfigurationException">It is not absolute.</exception>
    public string? AbsolutePath(string section, string key) => _values[$"{section}:{key}"] switch
    {
        null => null,
        var path when path.StartsWith('/') => path,
        _ => throw Bad(section, key, "an absolute path"),
    };

    /// <summary><c>yes</c> or <c>no</c>, or <paramref name="usual"/> when the key is not there.</summary>
    /// <exception cref="ConfigurationException">It is neither.</exception>
    public bool YesNo(string section, string key, bool usual) => _values[$"{section}:{key}"] switch
    {
        null => usual,
        "yes" => true,
        "no" => false,
        _ => throw Bad(section, key, "yes or no"),
    };

    /// <summary>What one of several names stands for, or <c>null</c> when the key is not there.</summary>
    /// <exception cref="ConfigurationException">It is none of the names.</exception>
    public string? OneOf(string section, string key, IReadOnlyDictionary<string, string> meanings)
    {
        if (_values[$"{section}:{key}"] is not { } name)
        {
            return null;
        }

        return meanings.TryGetValue(name, out string? meaning)
            ? meaning
            : throw Bad(section, key, $"one of {string.Join(", ", meanings.Keys)}");
    }

    /// <summary>The complaint about a value that is not what its key takes.</summary>
    public ConfigurationException Bad(string section, string key, string wanted) =>
        new(_fileName, 0, $"[{section}] {key} must be {wanted}, not '{_values[$"{section}:{key}"]}'");

    /// <summary>Words separated by blanks or commas, or those of <paramref name="usual"/> when the key is not there.</summary>
    public IReadOnlyList<string> Words(string section, string key, string usual) =>
        (_values[$"{section}:{key}"] ?? usual).Split([' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries);

    private static string Shown(string path) =>
        path.IndexOf(':') is var mark and > 0 ? $"[{path[..mark]}] {path[(mark + 1)..]}" : path;
}
