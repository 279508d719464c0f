// SQLite's language.
using System.Globalization;
using Authd.Modules.Sql;

namespace Authd.Modules.Sqlite;

/// <summary>SQLite ("SQL As Understood By SQLite"). Text is never split at <c>;</c>: SQLite does that.</summary>
public sealed class SqliteDialect : SqlDialect
{
    /// <inheritdoc/>
    public override IReadOnlyList<SqlReading> Readings => [SqlReading.Standard];

    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<SqlPart>> Read(string marked, SqlReading reading) =>
        new SqliteLexer(marked).Statements();

    /// <inheritdoc/>
    public override string Parameter(int number) => string.Create(CultureInfo.InvariantCulture, $"?{number}");

    /// <summary>In backticks: double quotes would make a string of a name that does not exist.</summary>
    public override string? Name(string value, bool wasQuoted) =>
        value.Contains('\0') ? null : $"`{value.Replace("`", "``", StringComparison.Ordinal)}`";
}
