// Search filters (RFC 4515) from the administrator's templates and from names chosen by clients.
using System.Text;

namespace Authd.Modules.Ldap;

/// <summary>Makes filters in which a value stays a value, whatever it holds.</summary>
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

    /// <summary>A filter for entries with this value that also match <paramref name="also"/> (<c>null</c>: all).</summary>
    public static string Equal(string attribute, string value, string? also)
    {
        string equal = $"({attribute}={Escape(value)})";
        return string.IsNullOrEmpty(also) ? equal : $"(&{also}{equal})";
    }

    /// <summary>
    /// LDAP_EMAILMAP: <c>@user@</c> and <c>@realm@</c> stand for the parts before and after the name's first <c>@</c>; any other
    /// text between two <c>@</c> is removed. A literal <c>@</c> is written <c>\40</c>.
    /// </summary>
    public static string FromTemplate(string template, string name)
    {
        int at = name.IndexOf('@', StringComparison.Ordinal);
        string[] parts = template.Split('@');
        StringBuilder filter = new();
        for (int i = 0; i < parts.Length; i++)
        {
            // Every second part is between two <c>@</c>.
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
