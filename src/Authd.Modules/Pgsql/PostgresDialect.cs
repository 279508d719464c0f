// PostgreSQL's language.
using System.Globalization;
using Authd.Modules.Sql;

namespace Authd.Modules.Pgsql;

/// <summary>PostgreSQL (documentation, "Lexical Structure").</summary>
public sealed class PostgresDialect : SqlDialect
{
    /// <summary>Which counts, only the server knows: standard_conforming_strings.</summary>
    public override IReadOnlyList<SqlReading> Readings => [SqlReading.Standard, SqlReading.Backslashes];

    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<SqlPart>> Read(string marked, SqlReading reading) =>
        new PostgresLexer(marked, reading == SqlReading.Backslashes).Statements();

    /// <inheritdoc/>
    public override string Parameter(int number) => string.Create(CultureInfo.InvariantCulture, $"${number}");

    /// <inheritdoc/>
    public override string? Name(string value, bool wasQuoted)
    {
        // Without quotes the server folds to lower case.
        string name = wasQuoted ? value : value.ToLowerInvariant();
        return value.Contains('\0') ? null : $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
