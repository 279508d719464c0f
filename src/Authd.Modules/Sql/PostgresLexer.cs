// Reads an administrator's SQL as PostgreSQL does, to find in what kind of place each variable stands.
using System.Text;

namespace Authd.Modules.Sql;

/// <summary>
/// Splits marked SQL text into statements and parts, by PostgreSQL's lexical rules: quoted and prefixed literals, dollar
/// quotes, quoted names, line comments, nested block comments.
/// </summary>
public sealed class PostgresLexer
{
    private readonly string _sql;
    private readonly bool _backslashes;
    private readonly StringBuilder _text = new();
    private readonly List<List<SqlPart>> _statements = [];
    private List<SqlPart> _parts = [];
    private int _at;
    private int _depth;

    private PostgresLexer(string sql, bool backslashes) => (_sql, _backslashes) = (sql, backslashes);

    /// <summary>The statements, empty ones left out.</summary>
    /// <param name="sql">Marked text.</param>
    /// <param name="backslashes">standard_conforming_strings is off: backslash escapes in plain literals too.</param>
    /// <exception cref="FormatException">Something is not closed, or a variable stands where no value can be safe.</exception>
    public static IReadOnlyList<IReadOnlyList<SqlPart>> Read(string sql, bool backslashes)
    {
        PostgresLexer lexer = new(sql, backslashes);
        while (lexer._at < sql.Length)
        {
            lexer.Step();
        }

        lexer.EndStatement();
        return lexer._statements;
    }

    private char Here => _sql[_at];

    private char Next => At(_at + 1);

    private char At(int index) => index >= 0 && index < _sql.Length ? _sql[index] : '\0';

    private void Step()
    {
        switch (Here)
        {
            case '-' when Next == '-':
                SkipLineComment();
                break;
            case '/' when Next == '*':
                SkipBlockComment();
                break;
            case '\'':
                Literal('\0', prefixLength: 0);
                break;
            case '"':
                QuotedName();
                break;
            case '$' when DollarTag() is { } tag:
                DollarQuoted(tag);
                break;
            case ';' when _depth == 0:
                _at++;
                EndStatement();
                break;
            case var c when IsWord(c) && c != '$':
                Word();
                break;
            default:
                _depth += Here switch { '(' => 1, ')' => -1, _ => 0 };
                _text.Append(_sql[_at++]);
                break;
        }
    }

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' || c >= '\x80';

    private void SkipLineComment()
    {
        int end = _sql.AsSpan(_at).IndexOfAny('\n', '\r');
        _at = end < 0 ? _sql.Length : _at + end;
        _text.Append(' ');
    }

    private void SkipBlockComment()
    {
        int depth = 0;
        do
        {
            int step = (Here, Next) switch { ('/', '*') => 1, ('*', '/') => -1, _ => 0 };
            depth += step;
            _at += step == 0 ? 1 : 2;
        }
        while (depth > 0 && _at < _sql.Length);

        if (depth > 0)
        {
            throw new FormatException("unterminated /* comment");
        }

        _text.Append(' ');
    }

    /// <summary>A run of letters, digits and variables: a name, a number, a literal's prefix, or a bare value.</summary>
    private void Word()
    {
        int start = _at;
        while (_at < _sql.Length && IsWord(Here))
        {
            _at++;
        }

        string word = _sql[start.._at];
        if (word.Length == 1 && (At(_at) == '\'' || IsUnicodePrefix(word[0])))
        {
            PrefixedLiteral(char.ToUpperInvariant(word[0]), start);
        }
        else if (!SqlMark.In(word))
        {
            _text.Append(word);
        }
        else if (!word.AsSpan().ContainsAnyInRange('\0', '\xFF') && At(start - 1) != '.' && At(_at) != '.')
        {
            Place(new SqlPart(SqlPlace.Value, word));
        }
        else
        {
            Place(new SqlPart(char.IsAsciiDigit(word[0]) ? SqlPlace.Digits : SqlPlace.Name, word));
        }

        bool IsUnicodePrefix(char c) => c is 'u' or 'U' && At(_at) == '&' && At(_at + 1) is '\'' or '"';
    }

    private void PrefixedLiteral(char prefix, int start)
    {
        bool unicode = prefix == 'U' && At(_at) == '&';
        if (unicode && At(_at + 1) == '"')
        {
            _at = start + 2;
            UnicodeName();
        }
        else if (unicode || prefix is 'E' or 'B' or 'X' or 'N')
        {
            _at = start;
            Literal(prefix, unicode ? 2 : 1);
        }
        else if (SqlMark.Is(prefix))
        {
            Place(new SqlPart(SqlPlace.Value, prefix.ToString()));
        }
        else
        {
            _text.Append(_sql, start, 1);
        }
    }

    private void Literal(char prefix, int prefixLength)
    {
        int start = _at;
        int open = _at + prefixLength;
        bool backslashes = prefix == 'E' || (_backslashes && prefix is '\0' or 'N');
        _at = Closing(open, '\'', backslashes) + 1;
        string raw = _sql[(open + 1)..(_at - 1)];
        if (prefix == 'U')
        {
            char escape = PostgresEscapes.TakeUescape(_sql, ref _at);
            Choose(start, raw, () => PostgresEscapes.Unicode(raw, escape));
        }
        else if (prefix is 'B' or 'X' && SqlMark.In(raw))
        {
            Place(new SqlPart(SqlPlace.Bits, raw, prefix));
        }
        else
        {
            Choose(start, raw, () => backslashes ? PostgresEscapes.Backslashes(raw) : raw.Replace("''", "'", StringComparison.Ordinal));
        }
    }

    /// <summary>A literal without variables stays as it was written; one with variables becomes a value as a whole.</summary>
    private void Choose(int start, string raw, Func<string> unescape)
    {
        if (SqlMark.In(raw))
        {
            Place(new SqlPart(SqlPlace.Value, unescape()));
        }
        else
        {
            _text.Append(_sql, start, _at - start);
        }
    }

    /// <summary>Where the quote at <paramref name="open"/> is closed.</summary>
    private int Closing(int open, char quote, bool backslashes)
    {
        for (int i = open + 1; i < _sql.Length; i++)
        {
            if (backslashes && _sql[i] == '\\')
            {
                i++;
            }
            else if (_sql[i] == quote)
            {
                if (At(i + 1) != quote)
                {
                    return i;
                }

                i++;
            }
        }

        throw new FormatException($"unterminated {quote}");
    }

    private void QuotedName()
    {
        int start = _at;
        _at = Closing(start, '"', backslashes: false) + 1;
        string raw = _sql[(start + 1)..(_at - 1)];
        if (SqlMark.In(raw))
        {
            Place(new SqlPart(SqlPlace.QuotedName, raw.Replace("\"\"", "\"", StringComparison.Ordinal)));
        }
        else
        {
            _text.Append(_sql, start, _at - start);
        }
    }

    private void UnicodeName()
    {
        int start = _at;
        _at = Closing(start, '"', backslashes: false) + 1;
        if (SqlMark.In(_sql.AsSpan(start, _at - start)))
        {
            throw new FormatException("a variable cannot stand in a U&\"...\" name");
        }

        _text.Append("U&").Append(_sql, start, _at - start);
    }

    /// <summary>The <c>$tag$</c> that begins here, if one does.</summary>
    private string? DollarTag()
    {
        int end = _at + 1;
        while (end < _sql.Length && IsWord(_sql[end]) && _sql[end] != '$' && !SqlMark.Is(_sql[end]))
        {
            end++;
        }

        return At(end) == '$' && !char.IsAsciiDigit(Next) ? _sql[_at..(end + 1)] : null;
    }

    private void DollarQuoted(string tag)
    {
        int start = _at;
        int close = _sql.IndexOf(tag, start + tag.Length, StringComparison.Ordinal);
        if (close < 0)
        {
            throw new FormatException($"unterminated {tag}");
        }

        _at = close + tag.Length;
        string body = _sql[(start + tag.Length)..close];
        Choose(start, body, () => body);
    }

    private void Place(SqlPart part)
    {
        EndText();
        _parts.Add(part);
    }

    private void EndText()
    {
        if (_text.Length > 0)
        {
            _parts.Add(new SqlPart(SqlPlace.Text, _text.ToString()));
            _text.Clear();
        }
    }

    private void EndStatement()
    {
        EndText();
        if (!_parts.TrueForAll(part => part.Place == SqlPlace.Text && string.IsNullOrWhiteSpace(part.Content)))
        {
            RefuseCode(_parts);
            _statements.Add(_parts);
        }

        _parts = [];
    }

    /// <summary>The string after DO is a program: whatever is put in it can become part of the program.</summary>
    private static void RefuseCode(List<SqlPart> parts)
    {
        string first = parts[0].Place == SqlPlace.Text ? parts[0].Content.TrimStart() : "";
        bool isDo = first.StartsWith("DO", StringComparison.OrdinalIgnoreCase) && (first.Length == 2 || !IsWord(first[2]));
        if (isDo && parts.Count > 1)
        {
            throw new FormatException("a variable cannot stand in the code of a DO statement");
        }
    }
}
