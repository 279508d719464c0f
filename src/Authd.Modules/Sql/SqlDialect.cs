// What the SQL modules' languages differ in, as far as values in statements are concerned.
namespace Authd.Modules.Sql;

/// <summary>How a server may read the same text, by its settings.</summary>
[Flags]
public enum SqlReading
{
    /// <summary>By the SQL standard: in a literal only the quote is special, double quotes make names.</summary>
    Standard = 0,

    /// <summary>Backslashes escape in plain literals.</summary>
    Backslashes = 1,

    /// <summary>Double quotes make literals.</summary>
    DoubleQuotedText = 2,
}

/// <summary>One server's language.</summary>
public abstract class SqlDialect
{
    /// <summary>The readings that its servers can be set to.</summary>
    public abstract IReadOnlyList<SqlReading> Readings { get; }

    /// <summary>Splits marked text into statements and parts.</summary>
    /// <exception cref="FormatException">Something is not closed, or a variable stands where no value can be safe.</exception>
    public abstract IReadOnlyList<IReadOnlyList<SqlPart>> Read(string marked, SqlReading reading);

    /// <summary>What stands for the parameter of this number, from 1, in a statement that is prepared.</summary>
    public abstract string Parameter(int number);

    /// <summary>A value as a quoted name, <c>null</c> when it cannot be one safely.</summary>
    /// <param name="value">What a request has filled in.</param>
    /// <param name="wasQuoted">The administrator wrote quotes; without them <paramref name="value"/> holds letters, digits,
    /// <c>_</c> and <c>$</c> only.</param>
    public abstract string? Name(string value, bool wasQuoted);
}
