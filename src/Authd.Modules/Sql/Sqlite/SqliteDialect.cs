using System.Globalization;

namespace Authd.Modules.Sql.Sqlite;

/// <summary>SQLite's language ("SQL As Understood By SQLite"). Text is never split at <c>;</c>: SQLite does that.</summary>
public sealed class SqliteDialect : SqlDialect
{
    /// <inheritdoc/>
    public override IReadOnlyList<SqlLexicalMode> Readings => [SqlLexicalMode.Standard];

    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<SqlPart>> Read(string marked, SqlLexicalMode reading) =>
        new SqliteLexer(marked).Statements();

    /// <inheritdoc/>
    public override string Parameter(int number) => string.Create(CultureInfo.InvariantCulture, $"?{number}");

    /// <summary>In backticks, because double quotes would make a string of a name that does not exist.</summary>
    public override string? Name(string value, bool wasQuoted) =>
        value.Contains('\0') ? null : $"`{value.Replace("`", "``", StringComparison.Ordinal)}`";
}
