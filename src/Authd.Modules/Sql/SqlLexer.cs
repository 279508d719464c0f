// Reads an administrator's SQL as a server does, to find the kind of place of each variable.
using System.Text;

namespace Authd.Modules.Sql;

/// <summary>The common part of the lexers of all dialects; a dialect's own lexer decides what begins at each char.</summary>
/// <param name="sql">Marked text.</param>
public abstract class SqlLexer(string sql)
{
    private readonly StringBuilder _text = new();
    private readonly List<List<SqlPart>> _statements = [];
    private List<SqlPart> _parts = [];

    /// <summary>The statements, empty ones left out.</summary>
    /// <exception cref="FormatException">A quote or comment is not
    /// closed, or a variable is where no value can be safe.</exception>
    public IReadOnlyList<IReadOnlyList<SqlPart>> Statements()
    {
        while (Position < sql.Length)
        {
            TakeNext();
        }

        EndStatement();
        return _statements;
    }

    /// <summary>The position of the next token.</summary>
    protected int Position { get; set; }

    /// <summary>The char at the position, NUL at the end.</summary>
    protected char Here => At(Position);

    /// <summary>The char after it, NUL at the end.</summary>
    protected char Next => At(Position + 1);

    /// <summary>The whole text.</summary>
    protected string Sql => sql;

    /// <summary>The administrator's own text since the last value.</summary>
    protected StringBuilder Text => _text;

    /// <summary>Any char, NUL outside the text.</summary>
    protected char At(int index) => index >= 0 && index < sql.Length ? sql[index] : '\0';

    /// <summary>Reads one token.</summary>
    protected abstract void TakeNext();

    /// <summary>Reads the token that <paramref name="word"/>, just read, is a prefix of, if it is one.</summary>
    /// <param name="word">A run of letters, digits and marks that is followed by another char.</param>
    /// <param name="start">Its position.</param>
    protected abstract bool TakePrefixed(string word, int start);

    /// <summary>Checks a whole statement.</summary>
    /// <exception cref="FormatException">A variable is where no value can be safe.</exception>
    protected virtual void Check(IReadOnlyList<SqlPart> parts)
    {
    }

    /// <summary>Whether the char can be part of a name.</summary>
    protected static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' || c >= '\x80';

    /// <summary>Copies the administrator's own text.</summary>
    protected void Copy(int length)
    {
        _text.Append(sql, Position, length);
        Position += length;
    }

    /// <summary>Skips a comment, up to the end of its line.</summary>
    protected void SkipLineComment(ReadOnlySpan<char> lineEnds)
    {
        int end = sql.AsSpan(Position).IndexOfAny(lineEnds);
        Position = end < 0 ? sql.Length : Position + end;
        _text.Append(' ');
    }

    /// <summary>Skips a block comment.</summary>
    /// <exception cref="FormatException">The comment is not closed.</exception>
    protected void SkipBlockComment(bool nested)
    {
        int depth = 0;
        do
        {
            int step = (Here, Next) switch { ('/', '*') when nested || depth == 0 => 1, ('*', '/') => -1, _ => 0 };
            depth += step;
            Position += step == 0 ? 1 : 2;
        }
        while (depth > 0 && Position < sql.Length);

        if (depth > 0)
        {
            throw new FormatException("unterminated /* comment");
        }

        _text.Append(' ');
    }

    /// <summary>A run of letters, digits and variables: a name, a number, a literal's prefix, or a bare value.</summary>
    protected void Word()
    {
        int start = Position;
        while (Position < sql.Length && IsWord(Here))
        {
            Position++;
        }

        string word = sql[start..Position];
        if (TakePrefixed(word, start))
        {
            return;
        }

        if (!SqlPlaceholder.In(word))
        {
            _text.Append(word);
        }
        else if (!word.AsSpan().ContainsAnyInRange('\0', '\xFF') && At(start - 1) != '.' && At(Position) != '.')
        {
            Place(new SqlPart(SqlPlace.Value, word));
        }
        else
        {
            Place(new SqlPart(char.IsAsciiDigit(word[0]) ? SqlPlace.Digits : SqlPlace.Name, word));
        }
    }

    /// <summary>The position of the quote that closes the one at <paramref name="open"/>.</summary>
    /// <exception cref="FormatException">The quote is not closed.</exception>
    protected int Closing(int open, char quote, bool backslashes)
    {
        for (int i = open + 1; i < sql.Length; i++)
        {
            if (backslashes && sql[i] == '\\')
            {
                i++;
            }
            else if (sql[i] == quote)
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

    /// <summary>A name in quotes, in which doubled quotes are literal.</summary>
    protected void QuotedName()
    {
        int start = Position;
        char quote = Here;
        Position = Closing(start, quote, backslashes: false) + 1;
        string raw = sql[(start + 1)..(Position - 1)];
        if (SqlPlaceholder.In(raw))
        {
            Place(new SqlPart(SqlPlace.QuotedName, raw.Replace($"{quote}{quote}", $"{quote}", StringComparison.Ordinal)));
        }
        else
        {
            _text.Append(sql, start, Position - start);
        }
    }

    /// <summary>Adds a literal: without variables it stays as written; with variables it becomes one value.</summary>
    /// <param name="start">Its position, including a prefix; <see cref="Position"/> is after it.</param>
    /// <param name="raw">The text between the quotes.</param>
    /// <param name="unescape">Makes its content.</param>
    /// <param name="prefix">The prefix of the part.</param>
    protected void Choose(int start, string raw, Func<string> unescape, char prefix = default)
    {
        if (SqlPlaceholder.In(raw))
        {
            Place(new SqlPart(SqlPlace.Value, unescape(), prefix));
        }
        else
        {
            _text.Append(sql, start, Position - start);
        }
    }

    /// <summary>Adds a part after the text so far.</summary>
    protected void Place(SqlPart part)
    {
        EndText();
        _parts.Add(part);
    }

    /// <summary>Ends a statement.</summary>
    protected void EndStatement()
    {
        EndText();
        if (!_parts.TrueForAll(part => part.Place == SqlPlace.Text && string.IsNullOrWhiteSpace(part.Content)))
        {
            Check(_parts);
            _statements.Add(_parts);
        }

        _parts = [];
    }

    private void EndText()
    {
        if (_text.Length > 0)
        {
            _parts.Add(new SqlPart(SqlPlace.Text, _text.ToString()));
            _text.Clear();
        }
    }
}
