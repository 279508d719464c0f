// The differences between the SQL modules' languages that matter for values in statements.
namespace Authd.Modules.Sql;

/// <summary>The ways in which a server may read a text, by its settings.</summary>
[Flags]
public enum SqlLexicalMode
{
    /// <summary>By the SQL standard: in a literal only the quote is special, double quotes enclose names.</summary>
    Standard = 0,

    /// <summary>Backslashes escape in plain literals.</summary>
    Backslashes = 1,

    /// <summary>Double quotes enclose literals.</summary>
    DoubleQuotedText = 2,
}

/// <summary>One server's language.</summary>
public abstract class SqlDialect
{
    /// <summary>The lexical modes that its servers can be set to.</summary>
    public abstract IReadOnlyList<SqlLexicalMode> Readings { get; }

    /// <summary>Splits marked text into statements and parts.</summary>
    /// <exception cref="FormatException">A quote or comment is not
    /// closed, or a variable is where no value can be safe.</exception>
    public abstract IReadOnlyList<IReadOnlyList<SqlPart>> Read(string marked, SqlLexicalMode reading);

    /// <summary>The mark of a parameter, numbered from 1, in a prepared statement.</summary>
    public abstract string Parameter(int number);

    /// <summary>A value as a quoted name, <c>null</c> when that cannot be done safely.</summary>
    /// <param name="value">The value from a request.</param>
    /// <param name="wasQuoted">The administrator wrote quotes; without them <paramref name="value"/> holds letters, digits,
    /// <c>_</c> and <c>$</c> only.</param>
    public abstract string? Name(string value, bool wasQuoted);
}
