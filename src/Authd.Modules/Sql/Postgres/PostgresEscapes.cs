// Undoes the escapes of PostgreSQL's E'...' and U&'...' literals, and quotes values.
using System.Globalization;
using System.Text;
using Authd.Core;

namespace Authd.Modules.Sql.Postgres;

/// <summary>Literals of PostgreSQL (documentation, "Lexical Structure"). Code points above 127 become UTF-8 bytes.</summary>
public static class PostgresEscapes
{
    private const string Uescape = "UESCAPE";

    /// <summary>The content of an <c>E'...'</c> literal without its escapes; marks stay.</summary>
    /// <exception cref="FormatException">A <c>\u</c> escape is cut short.</exception>
    public static string Backslashes(string raw)
    {
        StringBuilder plain = new(raw.Length);
        for (int i = 0; i < raw.Length;)
        {
            if (raw[i] == '\\' && i + 1 < raw.Length)
            {
                i += 1;
                Escape(raw, ref i, plain);
            }
            else
            {
                plain.Append(raw[i]);
                i += raw[i] == '\'' ? 2 : 1;
            }
        }

        return plain.ToString();
    }

    /// <summary>The content of a <c>U&amp;'...'</c> literal without its escapes.</summary>
    /// <exception cref="FormatException">An escape is malformed.</exception>
    public static string Unicode(string raw, char escape)
    {
        StringBuilder plain = new(raw.Length);
        for (int i = 0; i < raw.Length;)
        {
            if (raw[i] != escape)
            {
                plain.Append(raw[i]);
                i += raw[i] == '\'' ? 2 : 1;
            }
            else if (i + 1 < raw.Length && raw[i + 1] == escape)
            {
                plain.Append(escape);
                i += 2;
            }
            else
            {
                bool six = i + 1 < raw.Length && raw[i + 1] == '+';
                i += six ? 2 : 1;
                CodePoint(raw, ref i, six ? 6 : 4, plain);
            }
        }

        return plain.ToString();
    }

    /// <summary>Reads a <c>UESCAPE 'c'</c> after a literal, and returns the literal's escape character.</summary>
    public static char TakeUescape(string sql, ref int at)
    {
        int i = SkipWhite(sql, at);
        if (string.Compare(sql, i, Uescape, 0, Uescape.Length, StringComparison.OrdinalIgnoreCase) != 0)
        {
            return '\\';
        }

        i = SkipWhite(sql, i + Uescape.Length);
        if (i + 2 >= sql.Length || sql[i] != '\'' || sql[i + 2] != '\'')
        {
            throw new FormatException("UESCAPE needs one character in quotes");
        }

        at = i + 3;
        return sql[i + 1];
    }

    /// <summary>A value as a literal with the same meaning under either standard_conforming_strings.</summary>
    public static string Quote(SqlPart part, string value)
    {
        string doubled = value.Replace("'", "''", StringComparison.Ordinal);
        return value.Contains('\\') ? $"E'{doubled.Replace("\\", "\\\\", StringComparison.Ordinal)}'" : $"'{doubled}'";
    }

    private static int SkipWhite(string sql, int at)
    {
        while (at < sql.Length && sql[at] is ' ' or '\t' or '\n' or '\r' or '\f' or '\v')
        {
            at++;
        }

        return at;
    }

    private static void Escape(string raw, ref int i, StringBuilder plain)
    {
        char kind = raw[i++];
        switch (kind)
        {
            case 'b':
                plain.Append('\b');
                break;
            case 'f':
                plain.Append('\f');
                break;
            case 'n':
                plain.Append('\n');
                break;
            case 'r':
                plain.Append('\r');
                break;
            case 't':
                plain.Append('\t');
                break;
            case 'u':
                CodePoint(raw, ref i, 4, plain);
                break;
            case 'U':
                CodePoint(raw, ref i, 8, plain);
                break;
            case 'x' when i < raw.Length && char.IsAsciiHexDigit(raw[i]):
                plain.Append((char)Digits(raw, ref i, most: 2, radix: 16));
                break;
            case >= '0' and <= '7':
                i--;
                plain.Append((char)(Digits(raw, ref i, most: 3, radix: 8) & 0xFF));
                break;
            default:
                plain.Append(kind);
                break;
        }
    }

    private static int Digits(string raw, ref int i, int most, int radix)
    {
        int value = 0;
        for (int end = Math.Min(i + most, raw.Length); i < end && IsDigit(raw[i], radix); i++)
        {
            value = (value * radix) + int.Parse(raw.AsSpan(i, 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }

        return value;
    }

    private static bool IsDigit(char c, int radix) => radix == 16 ? char.IsAsciiHexDigit(c) : c is >= '0' and <= '7';

    private static void CodePoint(string raw, ref int i, int digits, StringBuilder plain)
    {
        if (i + digits > raw.Length
            || !int.TryParse(raw.AsSpan(i, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int point)
            || !Rune.IsValid(point))
        {
            throw new FormatException("invalid Unicode escape");
        }

        i += digits;
        plain.Append(WireText.FromUnicode(new Rune(point).ToString()));
    }
}
