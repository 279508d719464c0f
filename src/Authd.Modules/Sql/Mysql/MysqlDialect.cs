namespace Authd.Modules.Sql.Mysql;

/// <summary>
/// The language of MariaDB and MySQL (manuals, "Literal Values", "Comments"). Text is never split at <c>;</c>: the server does
/// that, if MYSQL_OPT allows it.
/// </summary>
public sealed class MysqlDialect : SqlDialect
{
    /// <summary>By sql_mode: NO_BACKSLASH_ESCAPES, ANSI_QUOTES.</summary>
    public override IReadOnlyList<SqlLexicalMode> Readings =>
    [
        SqlLexicalMode.Backslashes | SqlLexicalMode.DoubleQuotedText,
        SqlLexicalMode.DoubleQuotedText,
        SqlLexicalMode.Backslashes,
        SqlLexicalMode.Standard,
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<SqlPart>> Read(string marked, SqlLexicalMode reading) =>
        new MysqlLexer(marked, reading).Statements();

    /// <summary>The mark in prepared statements; otherwise values are sent as literals: <see cref="MysqlQuoting"/>.</summary>
    public override string Parameter(int number) => "?";

    /// <summary>ASCII only, because in some character sets a byte above 127 takes a following backtick with it.</summary>
    public override string? Name(string value, bool wasQuoted) =>
        value.AsSpan().ContainsAnyExceptInRange(' ', '~') ? null : $"`{value.Replace("`", "``", StringComparison.Ordinal)}`";
}
