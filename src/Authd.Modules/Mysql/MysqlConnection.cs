// One session on a MariaDB or MySQL server.
using Authd.Core.Logging;
using Authd.Interop;
using Authd.Modules.Sql;

namespace Authd.Modules.Mysql;

/// <summary>
/// A session whose settings are known. Look-ups are prepared where that gives the same, byte by byte, as the statement's text
/// does: the server reads and plans the text once.
/// </summary>
internal sealed class MysqlConnection : ISqlConnection
{
    private const uint UnknownVariable = 1193;
    private readonly MariadbClient _client;
    private readonly SqlReading _reading;
    private readonly MysqlQuoting _quoting;

    // Null: this server runs it as text only, or not at all.
    private readonly Dictionary<SqlTemplate, MariadbStatement?> _prepared = [];

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

    /// <summary>Runs a statement without blocking.</summary>
    /// <exception cref="SqlFailureException">It failed.</exception>
    /// <exception cref="SqlRefusedException">A value cannot stand in the place that the statement has for it.</exception>
    public async ValueTask<SqlResult> RunAsync(SqlJob job, SocketEvents events)
    {
        try
        {
            if (job is { IsLookup: true, Template.NeedsLiterals: false } && Bind(job) is { } bound)
            {
                SqlResult? result = await TryPreparedAsync(job.Template, bound, events);
                if (result is not null)
                {
                    return result.Value;
                }
            }

            (string?[]? row, bool gaveRows, long affected) = await _client.RunAsync(events, Text(job.Template, job.Values));
            return new SqlResult(SqlEnd.Done, gaveRows, row, gaveRows ? -1 : affected);
        }
        catch (MariadbException failure)
        {
            throw new SqlFailureException(MysqlErrors.Trouble(failure, job.Values), failure.Message);
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

    /// <summary>Ends what <see cref="RunAsync"/> waits for. Any thread may call it.</summary>
    public void Interrupt(SocketEvents events) => _client.Interrupt(events);

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        foreach (MariadbStatement? statement in _prepared.Values)
        {
            statement?.Dispose();
        }
    }

    /// <summary>The statement with its values as parameters; null: they have to go as literals.</summary>
    private BoundStatement? Bind(SqlJob job)
    {
        if (job.Template.Statements(_reading) is not [{ IsSameForAll: true } whole])
        {
            return null;
        }

        // In any other bytes a character set could see more than is there, or refuse them: a literal says which it is.
        BoundStatement bound = whole.Bind(job.Values);
        return bound.Parameters.All(static text => text.Length <= MariadbStatement.LongestParameter && MysqlQuoting.IsPlain(text))
            ? bound : null;
    }

    /// <summary>The result; null: what the server says to the text counts.</summary>
    private async ValueTask<SqlResult?> TryPreparedAsync(SqlTemplate template, BoundStatement bound, SocketEvents events)
    {
        if (!_prepared.TryGetValue(template, out MariadbStatement? statement))
        {
            statement = await PrepareAsync(bound.Text, bound.Parameters.Length, events);
            _prepared.Add(template, statement);
        }

        if (statement is null)
        {
            return null;
        }

        try
        {
            (bool known, string?[]? row) = await _client.RunAsync(events, statement, bound.Parameters);
            template.NeedsLiterals |= !known;
            return known ? new SqlResult(SqlEnd.Done, GaveRows: true, row) : null;
        }
        catch (MariadbException failure) when (MysqlErrors.IsOfPreparation(failure))
        {
            template.NeedsLiterals = true;
            return null;
        }
    }

    private async ValueTask<MariadbStatement?> PrepareAsync(string text, int parameters, SocketEvents events)
    {
        try
        {
            return await _client.PrepareAsync(events, text, parameters);
        }
        catch (MariadbException failure) when (!MysqlErrors.IsOfConnection(failure))
        {
            return null;
        }
    }

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

    /// <summary>
    /// Without it the server would go on with a statement that nobody waits for any more; an old one has no such limit.
    /// </summary>
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
