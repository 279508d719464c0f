// One session on a MariaDB or MySQL server.
using Authd.Core.Logging;
using Authd.Interop;
using Authd.Modules.Sql;

namespace Authd.Modules.Mysql;

/// <summary>A session whose settings are known.</summary>
internal sealed class MysqlConnection : ISqlConnection
{
    private const uint UnknownVariable = 1193;
    private readonly MariadbClient _client;
    private readonly SqlReading _reading;
    private readonly MysqlQuoting _quoting;

    /// <summary>Takes a connection over and sets the session up.</summary>
    /// <param name="client">Connected.</param>
    /// <param name="characterSet">MYSQL_CHARACTER_SET.</param>
    /// <param name="limit">How long the server may work on a statement; zero: without limit.</param>
    /// <param name="log">The log.</param>
    /// <exception cref="MariadbException">The session cannot be used.</exception>
    public MysqlConnection(MariadbClient client, string? characterSet, TimeSpan limit, Log log)
    {
        _client = client;
        SetCharacterSet(characterSet, log);
        (string effective, _reading) = ReadSession();
        _quoting = new MysqlQuoting(effective);
        if (limit > TimeSpan.Zero)
        {
            LimitStatements(limit, log);
        }
    }

    /// <inheritdoc/>
    public SqlResult Run(SqlTemplate query, SqlValues values)
    {
        try
        {
            (string?[]? row, bool gaveRows, long affected) = _client.Run(Text(query, values));
            return new SqlResult(SqlEnd.Done, gaveRows, row, gaveRows ? -1 : affected);
        }
        catch (MariadbException failure)
        {
            throw new SqlFailureException(MysqlErrors.Trouble(failure, values), failure.Message);
        }
    }

    /// <inheritdoc/>
    public IEnumerable<string?[]> Rows(SqlTemplate query, SqlValues values)
    {
        foreach (string?[] row in _client.Rows(Text(query, values)))
        {
            yield return row;
        }
    }

    /// <inheritdoc/>
    public void Interrupt() => _client.Shutdown();

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private string Text(SqlTemplate query, SqlValues values) =>
        query.Statements(_reading) is [var whole] ? whole.BindLiterals(values, _quoting.Quote).Text : "";

    private void SetCharacterSet(string? asked, Log log)
    {
        if (asked is null)
        {
            return;
        }

        if (_client.TrySetCharacterSet(asked) && _client.CharacterSet == asked)
        {
            log.Debug($"Using character set: {asked}");
        }
        else
        {
            log.Err($"Cannot set character set to \"{asked}\", using \"{_client.CharacterSet}\".");
        }
    }

    /// <summary>Without it the server would go on with a statement that nobody waits for any more; an old one has no such limit.</summary>
    private void LimitStatements(TimeSpan limit, Log log)
    {
        try
        {
            _client.Run(_client.IsMariadb
                ? $"SET SESSION max_statement_time={limit.TotalSeconds:F0}"
                : $"SET SESSION max_execution_time={limit.TotalMilliseconds:F0}");
        }
        catch (MariadbException unknown) when (unknown.Code == UnknownVariable)
        {
            log.Debug($"authmysql: {unknown.Message}");
        }
    }

    /// <summary>The server's own view: an init_connect may have changed what the library believes.</summary>
    private (string CharacterSet, SqlReading Reading) ReadSession()
    {
        string?[] row = _client.Run("SELECT @@character_set_client, @@sql_mode").Row ?? [];
        string[] modes = (row[1] ?? "").Split(',');
        SqlReading reading = (modes.Contains("NO_BACKSLASH_ESCAPES") ? SqlReading.Standard : SqlReading.Backslashes)
            | (modes.Contains("ANSI_QUOTES") ? SqlReading.Standard : SqlReading.DoubleQuotedText);
        return (row[0] ?? "", reading);
    }
}
