// libpq's connection strings: keyword form and URI form (PostgreSQL documentation, "Connection Strings").
using System.Globalization;
using System.Text;
using Authd.Core;

namespace Authd.Modules.Sql.Postgres;

/// <summary>Reads a conninfo into keywords and values. Defaults and meanings: <see cref="ConninfoDefaults"/> and <see cref="PgsqlOptions"/>.</summary>
public static class Conninfo
{
    private static readonly string[] Schemes = ["postgresql://", "postgres://"];

    /// <summary>Reads either form.</summary>
    /// <exception cref="FormatException">The text is malformed; the message never holds a value.</exception>
    public static Dictionary<string, string> Parse(string conninfo)
    {
        string? scheme = Schemes.FirstOrDefault(s => conninfo.StartsWith(s, StringComparison.Ordinal));
        return scheme is null ? ParseKeywords(conninfo) : ParseUri(conninfo[scheme.Length..]);
    }

    private static Dictionary<string, string> ParseKeywords(string text)
    {
        Dictionary<string, string> found = new(StringComparer.Ordinal);
        int at = 0;
        while (SkipWhite(text, ref at))
        {
            int start = at;
            while (at < text.Length && text[at] != '=' && !IsWhite(text[at]))
            {
                at++;
            }

            string keyword = text[start..at];
            if (!SkipWhite(text, ref at) || text[at] != '=')
            {
                throw new FormatException($"missing \"=\" after \"{keyword}\"");
            }

            at++;
            SkipWhite(text, ref at);
            found[keyword] = at < text.Length && text[at] == '\'' ? Quoted(text, ref at) : Plain(text, ref at);
        }

        return found;
    }

    private static bool IsWhite(char c) => c is ' ' or '\t' or '\n' or '\r' or '\v' or '\f';

    private static bool SkipWhite(string text, ref int at)
    {
        while (at < text.Length && IsWhite(text[at]))
        {
            at++;
        }

        return at < text.Length;
    }

    private static string Plain(string text, ref int at)
    {
        StringBuilder value = new();
        while (at < text.Length && !IsWhite(text[at]))
        {
            AppendUnescaped(text, ref at, value);
        }

        return value.ToString();
    }

    private static string Quoted(string text, ref int at)
    {
        StringBuilder value = new();
        at++;
        while (at < text.Length && text[at] != '\'')
        {
            AppendUnescaped(text, ref at, value);
        }

        if (at == text.Length)
        {
            throw new FormatException("unterminated quoted string");
        }

        at++;
        return value.ToString();
    }

    private static void AppendUnescaped(string text, ref int at, StringBuilder value)
    {
        if (text[at] == '\\' && at + 1 < text.Length)
        {
            at++;
        }

        value.Append(text[at++]);
    }

    /// <summary><c>[user[:password]@][host[:port],...][/dbname][?keyword=value&amp;...]</c>, all of it percent-encoded.</summary>
    private static Dictionary<string, string> ParseUri(string text)
    {
        Dictionary<string, string> found = new(StringComparer.Ordinal);
        (string place, string? query) = Cut(text, '?');
        (string authority, string? database) = Cut(place, '/');
        int at = authority.LastIndexOf('@');
        if (at >= 0)
        {
            (string user, string? password) = Cut(authority[..at], ':');
            Set(found, "user", user);
            Set(found, "password", password);
        }

        Hosts(authority[(at + 1)..], found);
        Set(found, "dbname", database);
        foreach (string pair in query is null ? [] : query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            QueryPair(pair, found);
        }

        return found;
    }

    private static void QueryPair(string pair, Dictionary<string, string> found)
    {
        (string name, string? value) = Cut(pair, '=');
        if (value is null)
        {
            throw new FormatException($"missing \"=\" after \"{name}\" in the URI");
        }

        (name, value) = (Decode(name), Decode(value));

        // JDBC's way to ask for TLS, which libpq accepts, too.
        (name, value) = (name, value) == ("ssl", "true") ? ("sslmode", "require") : (name, value);
        found[name] = value;
    }

    private static void Hosts(string text, Dictionary<string, string> found)
    {
        List<string> hosts = [];
        List<string> ports = [];
        foreach (string entry in text.Split(','))
        {
            int bracket = entry.StartsWith('[') ? entry.IndexOf(']') : -1;
            if (entry.StartsWith('[') && bracket < 0)
            {
                throw new FormatException("missing \"]\" after an IPv6 address in the URI");
            }

            int colon = entry.IndexOf(':', bracket + 1);
            string host = colon < 0 ? entry : entry[..colon];
            hosts.Add(Decode(bracket > 0 ? host[1..^1] : host));
            ports.Add(colon < 0 ? "" : Decode(entry[(colon + 1)..]));
        }

        if (hosts.Exists(host => host.Length > 0))
        {
            found["host"] = string.Join(',', hosts);
        }

        if (ports.Exists(port => port.Length > 0))
        {
            found["port"] = string.Join(',', ports);
        }
    }

    private static (string Before, string? After) Cut(string text, char separator)
    {
        int at = text.IndexOf(separator);
        return at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
    }

    private static void Set(Dictionary<string, string> found, string keyword, string? encoded)
    {
        if (!string.IsNullOrEmpty(encoded))
        {
            found[keyword] = Decode(encoded);
        }
    }

    /// <summary>Undoes percent-encoding byte by byte: the result is wire text like the rest.</summary>
    private static string Decode(string text)
    {
        if (!text.Contains('%'))
        {
            return text;
        }

        List<byte> bytes = [];
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                bytes.Add((byte)text[i]);
            }
            else if (i + 2 < text.Length && byte.TryParse(
                text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte octet) && octet != 0)
            {
                bytes.Add(octet);
                i += 2;
            }
            else
            {
                throw new FormatException("invalid percent-encoding in the URI");
            }
        }

        return WireText.FromBytes([.. bytes]);
    }
}
