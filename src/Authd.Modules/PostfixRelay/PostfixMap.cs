// Postfix's map files for SQL tables (pgsql_table(5), mysql_table(5), sqlite_table(5)), as far as a writer needs them.
using System.Globalization;
using System.Text.RegularExpressions;
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Linux.Files;

namespace Authd.Modules.PostfixRelay;

/// <summary>The place of logins in a database.</summary>
/// <param name="Table">The table, with its schema if the file gives one.</param>
/// <param name="Key">The column of the address.</param>
/// <param name="Value">The column of the time.</param>
public sealed record LoginColumns(string Table, string Key, string Value);

/// <summary>A server of a map file: a Unix socket (or its directory), or a host.</summary>
/// <param name="Socket">Path, <c>null</c> for a host.</param>
/// <param name="Host">Name or address.</param>
/// <param name="Port">TCP port, 0 for the usual one.</param>
public sealed record MapHost(string? Socket, string Host, int Port);

/// <summary>A map file in the syntax of main.cf, but without <c>$name</c>. All text is wire text.</summary>
public sealed partial class PostfixMap
{
    private static readonly char[] Separators = [' ', '\t', '\r', '\n', ','];
    private readonly Dictionary<string, (string Value, int Line)> _settings = new(StringComparer.Ordinal);
    private readonly string _path;

    private PostfixMap(string path, string text)
    {
        _path = path;
        string[] lines = text.Split('\n');
        string? name = null;
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].TrimEnd();
            string content = line.TrimStart();
            if (content.Length == 0 || content[0] == '#')
            {
                continue;
            }

            if (content.Length < line.Length && name is not null)
            {
                _settings[name] = ($"{_settings[name].Value} {content}".Trim(), _settings[name].Line);
                continue;
            }

            int mark = content.IndexOf('=');
            name = mark > 0
                ? content[..mark].TrimEnd() : throw new ConfigurationException(path, i + 1, "missing '=' after the parameter's name");
            _settings[name] = (content[(mark + 1)..].TrimStart(), i + 1);
        }
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ConfigurationException">The file cannot be read.</exception>
    public static PostfixMap Read(string path)
    {
        try
        {
            return new PostfixMap(path, WireText.FromBytes(RootFiles.ReadAll(path)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(FileTrouble.Text(e) is var text && text.StartsWith(path, StringComparison.Ordinal) ? text : $"{path}: {text}");
        }
    }

    /// <summary>A value; <c>null</c> when it is missing or empty.</summary>
    public string? this[string name] => _settings.TryGetValue(name, out (string Value, int Line) found) && found.Value.Length > 0
        ? found.Value : null;

    /// <summary>A required value.</summary>
    /// <exception cref="ConfigurationException">The value is missing or empty.</exception>
    public string Require(string name) => this[name] ?? throw Bad(name, "is missing");

    /// <summary>An exception that names file, line and parameter.</summary>
    public ConfigurationException Bad(string name, string problem) =>
        new(_path, _settings.GetValueOrDefault(name).Line, $"{name}: {problem}");

    /// <summary>The words of <c>hosts</c>.</summary>
    public string[] Hosts => (this["hosts"] ?? "localhost").Split(Separators, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>
    /// The columns: from <c>table</c>, <c>where_field</c> and <c>select_field</c>, which Postfix ignores beside a <c>query</c>;
    /// else from a simple query.
    /// </summary>
    /// <exception cref="ConfigurationException">Neither names the columns; the message says what to add.</exception>
    public LoginColumns Columns()
    {
        if (this["table"] is not null || this["query"] is not { } query)
        {
            return new LoginColumns(Name("table"), Name("where_field"), Name("select_field"));
        }

        Match plain = PlainQuery().Match(query);
        return plain.Success
            ? new LoginColumns(plain.Groups["table"].Value, plain.Groups["key"].Value, plain.Groups["value"].Value)
            : throw Bad("query", "is not of the form SELECT value FROM table WHERE key = '%s': say where to write with "
                + "table, where_field and select_field, which may stand beside it");
    }

    /// <summary>A server in the notation that mysql: and pgsql: share: <c>unix:/path</c>, <c>inet:host:port</c>, <c>host</c>.</summary>
    /// <exception cref="ConfigurationException">The port is not a port number.</exception>
    public MapHost Host(string word)
    {
        const string Unix = "unix:";
        const string Inet = "inet:";
        string path = word.StartsWith(Unix, StringComparison.Ordinal) ? word[Unix.Length..] : word;
        if (path.StartsWith('/'))
        {
            return new MapHost(path, "", 0);
        }

        string host = word.StartsWith(Inet, StringComparison.Ordinal) ? word[Inet.Length..] : word;

        // An IPv6 address with a port is in brackets.
        int colon = host.LastIndexOf(':');
        if (colon <= 0 || (host[colon - 1] != ']' && host.IndexOf(':') != colon))
        {
            return new MapHost(null, host.Trim('[', ']'), 0);
        }

        return ushort.TryParse(host.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0
            ? new MapHost(null, host[..colon].Trim('[', ']'), port) : throw Bad("hosts", $"'{word}' has no valid port");
    }

    // A plain word, or one in the quotes of PostgreSQL or MariaDB.
    private const string OneName = """(?:[\w$]+|"[^"\\]+"|`[^`\\]+`)""";

    private string Name(string parameter)
    {
        string name = Require(parameter);
        return QualifiedName().IsMatch(name) ? name : throw Bad(parameter, $"'{name}' is no plain name, so it cannot be written to");
    }

    [GeneratedRegex($@"^{OneName}(?:\.{OneName})?$", RegexOptions.CultureInvariant)]
    private static partial Regex QualifiedName();

    [GeneratedRegex(
        $@"^SELECT\s+(?<value>{OneName})\s+FROM\s+(?<table>{OneName}(?:\.{OneName})?)\s+WHERE\s+(?<key>{OneName})\s*=\s*'%[su]'\s*;?$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PlainQuery();
}
