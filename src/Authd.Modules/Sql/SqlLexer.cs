// Reads an administrator's SQL as a server does, to find in what kind of place each variable stands.
using System.Text;

namespace Authd.Modules.Sql;

/// <summary>What the lexers of all dialects share; a dialect's own decides what begins at each char.</summary>
/// <param name="sql">Marked text.</param>
public abstract class SqlLexer(string sql)
{
    private readonly StringBuilder _text = new();
    private readonly List<List<SqlPart>> _statements = [];
    private List<SqlPart> _parts = [];

    /// <summary>The statements, empty ones left out.</summary>
    /// <exception cref="FormatException">Something is not closed, or a variable stands where no value can be safe.</exception>
    public IReadOnlyList<IReadOnlyList<SqlPart>> Statements()
    {
        while (Position < sql.Length)
        {
            TakeNext();
        }

        EndStatement();
        return _statements;
    }

    /// <summary>Where the next thing begins.</summary>
    protected int Position { get; set; }

    /// <summary>The char there, NUL at the end.</summary>
    protected char Here => At(Position);

    /// <summary>The one behind it, NUL at the end.</summary>
    protected char Next => At(Position + 1);

    /// <summary>The whole text.</summary>
    protected string Sql => sql;

    /// <summary>The administrator's own text since the last value.</summary>
    protected StringBuilder Text => _text;

    /// <summary>Any char, NUL outside the text.</summary>
    protected char At(int index) => index >= 0 && index < sql.Length ? sql[index] : '\0';

    /// <summary>Reads one thing.</summary>
    protected abstract void TakeNext();

    /// <summary>Reads what <paramref name="word"/>, just read, is the prefix of, if it is one.</summary>
    /// <param name="word">A run of letters, digits and marks that is followed by something else.</param>
    /// <param name="start">Where it began.</param>
    protected abstract bool TakePrefixed(string word, int start);

    /// <summary>A last look at a statement.</summary>
    /// <exception cref="FormatException">A variable stands where no value can be safe.</exception>
    protected virtual void Check(IReadOnlyList<SqlPart> parts)
    {
    }

    /// <summary>Whether a name can hold the char.</summary>
    protected static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' || c >= '\x80';

    /// <summary>Copies what is the administrator's own.</summary>
    protected void Copy(int length)
    {
        _text.Append(sql, Position, length);
        Position += length;
    }

    /// <summary>Leaves a comment out, up to the end of its line.</summary>
    protected void SkipLineComment(ReadOnlySpan<char> lineEnds)
    {
        int end = sql.AsSpan(Position).IndexOfAny(lineEnds);
        Position = end < 0 ? sql.Length : Position + end;
        _text.Append(' ');
    }

    /// <summary>Leaves a block comment out.</summary>
    /// <exception cref="FormatException">It is not closed.</exception>
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

        if (!SqlMark.In(word))
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

    /// <summary>Where the quote at <paramref name="open"/> is closed.</summary>
    /// <exception cref="FormatException">Nowhere.</exception>
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

    /// <summary>A name in quotes, which stand for themselves when doubled.</summary>
    protected void QuotedName()
    {
        int start = Position;
        char quote = Here;
        Position = Closing(start, quote, backslashes: false) + 1;
        string raw = sql[(start + 1)..(Position - 1)];
        if (SqlMark.In(raw))
        {
            Place(new SqlPart(SqlPlace.QuotedName, raw.Replace($"{quote}{quote}", $"{quote}", StringComparison.Ordinal)));
        }
        else
        {
            _text.Append(sql, start, Position - start);
        }
    }

    /// <summary>A literal without variables stays as it was written; one with variables becomes a value as a whole.</summary>
    /// <param name="start">Where it begins, prefix included; <see cref="Position"/> is behind it.</param>
    /// <param name="raw">What is between the quotes.</param>
    /// <param name="unescape">Makes its content.</param>
    /// <param name="prefix">Goes to the part.</param>
    protected void Choose(int start, string raw, Func<string> unescape, char prefix = default)
    {
        if (SqlMark.In(raw))
        {
            Place(new SqlPart(SqlPlace.Value, unescape(), prefix));
        }
        else
        {
            _text.Append(sql, start, Position - start);
        }
    }

    /// <summary>Adds a part behind the text so far.</summary>
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
