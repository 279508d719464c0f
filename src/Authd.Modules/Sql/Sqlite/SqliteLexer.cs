namespace Authd.Modules.Sql.Sqlite;

/// <summary>
/// Reads an administrator's SQL as SQLite does: literals without escapes, names in backticks
/// or brackets. Double quotes enclose names, but SQLite takes unknown names in them for
/// literals, and administrators use them around variables, where they make a value.
/// </summary>
/// <param name="sql">Marked text.</param>
public sealed class SqliteLexer(string sql) : SqlLexer(sql)
{
    /// <inheritdoc/>
    protected override void TakeNext()
    {
        switch (Here)
        {
            case '-' when Next == '-':
                SkipLineComment("\n");
                break;
            case '/' when Next == '*':
                SkipBlockComment(nested: false);
                break;
            case '\'' or '"':
                Literal();
                break;
            case '`':
                QuotedName();
                break;
            case '[':
                BracketedName();
                break;
            case var c when IsWord(c):
                Word();
                break;
            default:
                Copy(1);
                break;
        }
    }

    /// <inheritdoc/>
    protected override bool TakePrefixed(string word, int start)
    {
        if (Here != '\'' || word is not ("x" or "X"))
        {
            return false;
        }

        int open = Position;
        Position = Closing(open, '\'', backslashes: false) + 1;
        string raw = Sql[(open + 1)..(Position - 1)];
        if (SqlPlaceholder.In(raw))
        {
            Place(new SqlPart(SqlPlace.Bits, raw, 'X'));
        }
        else
        {
            Text.Append(Sql, start, Position - start);
        }

        return true;
    }

    private void Literal()
    {
        int start = Position;
        char quote = Here;
        Position = Closing(start, quote, backslashes: false) + 1;
        string raw = Sql[(start + 1)..(Position - 1)];
        Choose(start, raw, () => raw.Replace($"{quote}{quote}", $"{quote}", StringComparison.Ordinal));
    }

    private void BracketedName()
    {
        int start = Position;
        int close = Sql.IndexOf(']', start);
        if (close < 0)
        {
            throw new FormatException("unterminated [");
        }

        Position = close + 1;
        string raw = Sql[(start + 1)..close];
        if (SqlPlaceholder.In(raw))
        {
            Place(new SqlPart(SqlPlace.QuotedName, raw));
        }
        else
        {
            Text.Append(Sql, start, Position - start);
        }
    }
}
