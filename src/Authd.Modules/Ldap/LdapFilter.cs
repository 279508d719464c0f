// Search filters (RFC 4515) made of the administrator's templates and of names that clients chose.
using System.Text;

namespace Authd.Modules.Ldap;

/// <summary>Makes filters in which a value is a value, whatever it holds.</summary>
public static class LdapFilter
{
    private const string UserMark = "user";
    private const string RealmMark = "realm";

    /// <summary>A value's text in a filter.</summary>
    public static string Escape(string value)
    {
        if (value.AsSpan().IndexOfAny("*()\\\0") < 0)
        {
            return value;
        }

        StringBuilder escaped = new(value.Length + 8);
        foreach (char c in value)
        {
            _ = c is '*' or '(' or ')' or '\\' or '\0'
                ? escaped.Append('\\').Append(((int)c).ToString("x2"))
                : escaped.Append(c);
        }

        return escaped.ToString();
    }

    /// <summary>Entries that have this value, among those that <paramref name="also"/> (<c>null</c>: all) matches.</summary>
    public static string Equal(string attribute, string value, string? also)
    {
        string equal = $"({attribute}={Escape(value)})";
        return string.IsNullOrEmpty(also) ? equal : $"(&{also}{equal})";
    }

    /// <summary>
    /// LDAP_EMAILMAP: <c>@user@</c> and <c>@realm@</c> stand for what precedes and what follows the name's first
    /// <c>@</c>; any other text between two <c>@</c> vanishes. A literal <c>@</c> is written <c>\40</c>.
    /// </summary>
    public static string FromTemplate(string template, string name)
    {
        int at = name.IndexOf('@', StringComparison.Ordinal);
        string[] parts = template.Split('@');
        StringBuilder filter = new();
        for (int i = 0; i < parts.Length; i++)
        {
            // Every second part stood between two marks.
            filter.Append((i % 2, parts[i]) switch
            {
                (0, var text) => text,
                (_, UserMark) => Escape(name[..at]),
                (_, RealmMark) => Escape(name[(at + 1)..]),
                _ => "",
            });
        }

        return filter.ToString();
    }
}
