// Marks that get into a file of settings by copying from web pages and word processors, or by habit from other files.
namespace Authd.Core.Configuration;

/// <summary>Names them as what they are. Texts are wire text: UTF-8 stands in it byte by byte.</summary>
public static class RcDoubts
{
    /// <summary>The mark that some editors put in front of UTF-8.</summary>
    private const string ByteOrderMark = "\u00EF\u00BB\u00BF";

    private static readonly (string Bytes, string What)[] Marks =
    [
        ("\u00C2\u00A0", "a non-breaking blank"),
        ("\u00E2\u0080\u00AF", "a non-breaking blank"),
        ("\u00E2\u0080\u0087", "a non-breaking blank"),
        ("\u00E3\u0080\u0080", "an ideographic space"),
        ("\u00E2\u0080\u0089", "a thin space"),
        ("\u00E2\u0080\u008B", "an invisible character"),
        ("\u00E2\u0080\u008C", "an invisible character"),
        ("\u00E2\u0080\u008D", "an invisible character"),
        (ByteOrderMark, "a byte order mark (BOM)"),
        ("\u00E2\u0080\u0098", "a typographic quote"),
        ("\u00E2\u0080\u0099", "a typographic quote"),
        ("\u00E2\u0080\u009A", "a typographic quote"),
        ("\u00E2\u0080\u009B", "a typographic quote"),
        ("\u00E2\u0080\u009C", "a typographic quote"),
        ("\u00E2\u0080\u009D", "a typographic quote"),
        ("\u00E2\u0080\u009E", "a typographic quote"),
        ("\u00E2\u0080\u009F", "a typographic quote"),
        ("\u00C2\u00AB", "a typographic quote"),
        ("\u00C2\u00BB", "a typographic quote"),
        ("\u00C2\u00B4", "an acute accent in place of a quote"),
        ("\u00E2\u0080\u0093", "a dash in place of a minus"),
        ("\u00E2\u0080\u0094", "a dash in place of a minus"),
        ("\u00E2\u0088\u0092", "a dash in place of a minus"),
    ];

    /// <summary>A file's text without the mark that some editors put in front of it; a warning says so.</summary>
    public static string WithoutByteOrderMark(string file, string text, ICollection<string> warnings)
    {
        if (!text.StartsWith(ByteOrderMark, StringComparison.Ordinal))
        {
            return text;
        }

        warnings.Add($"{file}:1: the file begins with a byte order mark (BOM), which is ignored; save it as UTF-8 without BOM");
        return text[ByteOrderMark.Length..];
    }

    /// <summary>The first such mark; <c>null</c>: the text holds no such mark.</summary>
    public static string? Mark(string text)
    {
        // A byte of Latin-1 or Windows-1252 that is no part of UTF-8.
        int plain = text.AsSpan().IndexOfAny('\u00A0', '\u0092', '\u0093');
        (string Bytes, string What) first = Marks.Where(mark => text.Contains(mark.Bytes, StringComparison.Ordinal))
            .OrderBy(mark => text.IndexOf(mark.Bytes, StringComparison.Ordinal)).FirstOrDefault();
        return first.What ?? (plain < 0 || (plain > 0 && text[plain - 1] >= '\u0080') ? null
            : text[plain] == '\u00A0' ? "a non-breaking blank" : "a typographic quote");
    }

    /// <summary>The odd things in a setting's value; often nothing.</summary>
    /// <param name="entry">The setting.</param>
    public static IEnumerable<string> OfValue(RcEntry entry)
    {
        (string name, string value) = (entry.Name, entry.Value);

        // Characters that are odd elsewhere make a password a good one.
        if (name.EndsWith("PASSWORD", StringComparison.Ordinal) || name.EndsWith("BINDPW", StringComparison.Ordinal))
        {
            yield break;
        }

        if (value.StartsWith('='))
        {
            yield return "the value begins with =: between a name and its value stands a blank alone";
        }

        if (Mark(value) is { } mark)
        {
            yield return $"there is {mark} in the value: type it anew as plain ASCII";
        }

        if (RcFile.Remark(value) is { Length: > 0 } remark)
        {
            yield return remark[2..];
        }

        bool isSql = name.EndsWith("FIELD", StringComparison.Ordinal) || name.EndsWith("CLAUSE", StringComparison.Ordinal)
            || name.EndsWith("TABLE", StringComparison.Ordinal) || name.EndsWith("DEFAULTDELIVERY", StringComparison.Ordinal);
        if (!isSql && value.Length > 1 && value[0] is '"' or '\'' && value[^1] == value[0])
        {
            yield return "the quotes are part of the value: write it without them";
        }
    }

    /// <summary>The setting that an unknown name means; <c>null</c>: that is not known.</summary>
    /// <param name="name">The name, up to the first blank.</param>
    /// <param name="known">All names that are read.</param>
    public static string? OfName(string name, IReadOnlyCollection<string> known)
    {
        int end = 0;
        while (end < name.Length && (char.IsAsciiLetterOrDigit(name[end]) || name[end] == '_'))
        {
            end++;
        }

        string start = name[..end];
        if (end < name.Length && known.FirstOrDefault(known => known.Equals(start, StringComparison.OrdinalIgnoreCase)) is { } meant)
        {
            return name[end] switch
            {
                '=' => $"a blank, not =, stands between {meant} and its value",
                ':' => $"a blank, not :, stands between {meant} and its value",
                _ when Mark(name[end..]) is { } mark => $"{mark} stands behind {meant}: put a plain blank there",
                _ => null,
            };
        }

        return Mark(name) is { } odd ? $"there is {odd} in it: type the line anew as plain ASCII" : null;
    }
}
