using System.Globalization;

namespace Authd.Modules.Sql.Postgres;

/// <summary>PostgreSQL's language (documentation, "Lexical Structure").</summary>
public sealed class PostgresDialect : SqlDialect
{
    /// <summary>Both modes, because only the server knows its standard_conforming_strings.</summary>
    public override IReadOnlyList<SqlLexicalMode> Readings => [SqlLexicalMode.Standard, SqlLexicalMode.Backslashes];

    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<SqlPart>> Read(string marked, SqlLexicalMode reading) =>
        new PostgresLexer(marked, reading == SqlLexicalMode.Backslashes).Statements();

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
