using System.Text;

namespace Authd.Modules.Sql.Mysql;

/// <summary>
/// Reads an administrator's SQL as MariaDB and MySQL do: literals in one or both kinds of quotes, with or without backslash
/// escapes; names in backticks; three kinds of comments, one of which is code.
/// </summary>
/// <param name="sql">Marked text.</param>
/// <param name="reading">The lexical mode, by the server's sql_mode.</param>
public sealed class MysqlLexer(string sql, SqlLexicalMode reading) : SqlLexer(sql)
{
    private const char Introduced = '_';
    private readonly bool _backslashes = reading.HasFlag(SqlLexicalMode.Backslashes);

    /// <inheritdoc/>
    protected override void TakeNext()
    {
        switch (Here)
        {
            case '#':
            case '-' when Next == '-' && At(Position + 2) <= ' ':
                SkipLineComment("\n");
                break;
            case '/' when Next == '*' && (At(Position + 2) is '!' or '+' || Sql.AsSpan(Position).StartsWith("/*M!")):
                CodeComment();
                break;
            case '/' when Next == '*':
                SkipBlockComment(nested: false);
                break;
            case var c when IsQuote(c):
                Literal();
                break;
            case '"' or '`':
                QuotedName();
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
        if (Here != '\'' || word is not ("x" or "X" or "b" or "B" or "n" or "N"))
        {
            return false;
        }

        int open = Position;
        char prefix = char.ToUpperInvariant(word[0]);
        Position = Closing(open, '\'', _backslashes) + 1;
        string raw = Sql[(open + 1)..(Position - 1)];
        if (prefix != 'N' && SqlPlaceholder.In(raw))
        {
            Place(new SqlPart(SqlPlace.Bits, raw, prefix));
            return true;
        }

        if (SqlPlaceholder.In(raw))
        {
            Text.Append("_utf8");
        }

        Choose(start, raw, () => Content(raw, '\''), Introduced);
        return true;
    }

    /// <summary>Reads a literal and those that follow it immediately, which the server joins.</summary>
    private void Literal()
    {
        int start = Position;
        StringBuilder content = new();
        int end;
        do
        {
            char quote = Here;
            int open = Position;
            end = Closing(open, quote, _backslashes) + 1;
            content.Append(Content(Sql[(open + 1)..(end - 1)], quote));
            Position = end;
            while (Here is ' ' or '\t' or '\n' or '\r')
            {
                Position++;
            }
        }
        while (IsQuote(Here));

        Position = end;
        Choose(start, Sql[start..end], content.ToString, FollowsIntroducer() ? Introduced : default);
    }

    private bool IsQuote(char c) => c == '\'' || (c == '"' && reading.HasFlag(SqlLexicalMode.DoubleQuotedText));

    /// <summary>The text so far ends in the name of a character set, <c>_latin1</c>.</summary>
    private bool FollowsIntroducer()
    {
        ReadOnlySpan<char> before = Text.ToString().AsSpan().TrimEnd();
        int start = before.Length;
        while (start > 0 && IsWord(before[start - 1]))
        {
            start--;
        }

        return start < before.Length && before[start] == Introduced;
    }

    /// <summary>Reads a comment that some servers take as code or hints; it stays unchanged as a whole.</summary>
    private void CodeComment()
    {
        int end = Sql.IndexOf("*/", Position, StringComparison.Ordinal);
        if (end < 0)
        {
            throw new FormatException("unterminated /* comment");
        }

        if (SqlPlaceholder.In(Sql.AsSpan(Position, end - Position)))
        {
            throw new FormatException("a variable cannot stand in a /*! or /*+ comment");
        }

        Copy(end + 2 - Position);
    }

    private string Content(string raw, char quote)
    {
        StringBuilder plain = new(raw.Length);
        for (int i = 0; i < raw.Length; i++)
        {
            if (_backslashes && raw[i] == '\\' && i + 1 < raw.Length)
            {
                plain.Append(Unescape(raw[++i]));
            }
            else
            {
                plain.Append(raw[i]);
                i += raw[i] == quote ? 1 : 0;
            }
        }

        return plain.ToString();
    }

    private static string Unescape(char escaped) => escaped switch
    {
        '0' => "\0",
        'b' => "\b",
        'n' => "\n",
        'r' => "\r",
        't' => "\t",
        'Z' => "\x1A",

        // The escape for LIKE.
        '%' => "\\%",
        '_' => "\\_",
        _ => escaped.ToString(),
    };
}
