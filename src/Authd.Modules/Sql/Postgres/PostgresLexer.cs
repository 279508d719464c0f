namespace Authd.Modules.Sql.Postgres;

/// <summary>
/// Reads an administrator's SQL by PostgreSQL's lexical rules: quoted and prefixed literals, dollar quotes, quoted names, line
/// comments, nested block comments.
/// </summary>
/// <param name="sql">Marked text.</param>
/// <param name="backslashes">standard_conforming_strings is off: backslash escapes in plain literals too.</param>
public sealed class PostgresLexer(string sql, bool backslashes) : SqlLexer(sql)
{
    private int _depth;

    /// <inheritdoc/>
    protected override void TakeNext()
    {
        switch (Here)
        {
            case '-' when Next == '-':
                SkipLineComment("\n\r");
                break;
            case '/' when Next == '*':
                SkipBlockComment(nested: true);
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
                Position++;
                EndStatement();
                break;
            case var c when IsWord(c) && c != '$':
                Word();
                break;
            default:
                _depth += Here switch { '(' => 1, ')' => -1, _ => 0 };
                Copy(1);
                break;
        }
    }

    /// <inheritdoc/>
    protected override bool TakePrefixed(string word, int start)
    {
        bool unicode = word is "u" or "U" && Here == '&' && Next is '\'' or '"';
        if (word.Length != 1 || !(Here == '\'' || unicode))
        {
            return false;
        }

        char prefix = char.ToUpperInvariant(word[0]);
        if (unicode && Next == '"')
        {
            Position = start + 2;
            UnicodeName();
        }
        else if (unicode || prefix is 'E' or 'B' or 'X' or 'N')
        {
            Position = start;
            Literal(prefix, unicode ? 2 : 1);
        }
        else if (SqlPlaceholder.Is(prefix))
        {
            Place(new SqlPart(SqlPlace.Value, prefix.ToString()));
        }
        else
        {
            Text.Append(word);
        }

        return true;
    }

    /// <summary>The string after DO is a program, and a value in it could become part of the program.</summary>
    protected override void Check(IReadOnlyList<SqlPart> parts)
    {
        string first = parts[0].Place == SqlPlace.Text ? parts[0].Content.TrimStart() : "";
        bool isDo = first.StartsWith("DO", StringComparison.OrdinalIgnoreCase) && (first.Length == 2 || !IsWord(first[2]));
        if (isDo && parts.Count > 1)
        {
            throw new FormatException("a variable cannot stand in the code of a DO statement");
        }
    }

    private void Literal(char prefix, int prefixLength)
    {
        int start = Position;
        int open = Position + prefixLength;
        bool escapes = prefix == 'E' || (backslashes && prefix is '\0' or 'N');
        Position = Closing(open, '\'', escapes) + 1;
        string raw = Sql[(open + 1)..(Position - 1)];
        if (prefix == 'U')
        {
            int at = Position;
            char escape = PostgresEscapes.TakeUescape(Sql, ref at);
            Position = at;
            Choose(start, raw, () => PostgresEscapes.Unicode(raw, escape));
        }
        else if (prefix is 'B' or 'X' && SqlPlaceholder.In(raw))
        {
            Place(new SqlPart(SqlPlace.Bits, raw, prefix));
        }
        else
        {
            Choose(start, raw, () => escapes ? PostgresEscapes.Backslashes(raw) : raw.Replace("''", "'", StringComparison.Ordinal));
        }
    }

    private void UnicodeName()
    {
        int start = Position;
        Position = Closing(start, '"', backslashes: false) + 1;
        if (SqlPlaceholder.In(Sql.AsSpan(start, Position - start)))
        {
            throw new FormatException("a variable cannot stand in a U&\"...\" name");
        }

        Text.Append("U&").Append(Sql, start, Position - start);
    }

    /// <summary>The <c>$tag$</c> that begins here, or <c>null</c>.</summary>
    private string? DollarTag()
    {
        int end = Position + 1;
        while (end < Sql.Length && IsWord(Sql[end]) && Sql[end] != '$' && !SqlPlaceholder.Is(Sql[end]))
        {
            end++;
        }

        return At(end) == '$' && !char.IsAsciiDigit(Next) ? Sql[Position..(end + 1)] : null;
    }

    private void DollarQuoted(string tag)
    {
        int start = Position;
        int close = Sql.IndexOf(tag, start + tag.Length, StringComparison.Ordinal);
        if (close < 0)
        {
            throw new FormatException($"unterminated {tag}");
        }

        Position = close + tag.Length;
        string body = Sql[(start + tag.Length)..close];
        Choose(start, body, () => body);
    }
}
