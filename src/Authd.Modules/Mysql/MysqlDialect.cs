// The language of MariaDB and MySQL.
using Authd.Modules.Sql;

namespace Authd.Modules.Mysql;

/// <summary>
/// MariaDB and MySQL (manuals, "Literal Values", "Comments"). Text is never split at <c>;</c>: the server does that, if
/// MYSQL_OPT lets it.
/// </summary>
public sealed class MysqlDialect : SqlDialect
{
    /// <summary>By sql_mode: NO_BACKSLASH_ESCAPES, ANSI_QUOTES.</summary>
    public override IReadOnlyList<SqlReading> Readings =>
    [
        SqlReading.Backslashes | SqlReading.DoubleQuotedText,
        SqlReading.DoubleQuotedText,
        SqlReading.Backslashes,
        SqlReading.Standard,
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<SqlPart>> Read(string marked, SqlReading reading) =>
        new MysqlLexer(marked, reading).Statements();

    /// <summary>Where a statement is prepared; else values go as literals: <see cref="MysqlQuoting"/>.</summary>
    public override string Parameter(int number) => "?";

    /// <summary>ASCII only: in some character sets a byte above 127 takes a following backtick with it.</summary>
    public override string? Name(string value, bool wasQuoted) =>
        value.AsSpan().ContainsAnyExceptInRange(' ', '~') ? null : $"`{value.Replace("`", "``", StringComparison.Ordinal)}`";
}
