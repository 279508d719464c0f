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
    private SocketEvents? _events;
    private MariadbPipeline? _pipeline;

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

    /// <summary>A statement that waits for its answer on the connection.</summary>
    public sealed record Sent(SqlJob Job, MariadbStatement Statement);

    /// <summary>Takes the connection to where it waits from now on.</summary>
    public void Enter(SocketEvents events, bool prepares) =>
        (_events, _pipeline) = (events, prepares ? _client.Pipeline(events) : null);

    /// <summary>Adds a look-up to what <see cref="SendAsync"/> sends; null: it has to go as text.</summary>
    /// <exception cref="SqlFailureException">The connection is of no more use.</exception>
    public async ValueTask<Sent?> AddAsync(SqlJob job)
    {
        if (_pipeline is null || job is not { IsLookup: true, Template.NeedsLiterals: false } || Bind(job) is not { } bound)
        {
            return null;
        }

        if (!_prepared.TryGetValue(job.Template, out MariadbStatement? statement))
        {
            statement = await PrepareAsync(_pipeline, bound);
            _prepared.Add(job.Template, statement);
        }

        if (statement is null)
        {
            return null;
        }

        _pipeline.Add(statement, bound.Parameters);
        return new Sent(job, statement);
    }

    /// <summary>Sends what has been added.</summary>
    /// <exception cref="SqlFailureException">The connection is of no more use.</exception>
    public async ValueTask SendAsync()
    {
        try
        {
            await _pipeline!.SendAsync();
        }
        catch (MariadbException failure)
        {
            throw new SqlFailureException(failure.Message);
        }
    }

    /// <summary>The answer to the first that has none yet; null: what the server says to its text counts.</summary>
    /// <exception cref="SqlFailureException">It failed.</exception>
    public async ValueTask<SqlResult?> NextAsync(Sent sent)
    {
        try
        {
            (bool known, string?[]? row) = await _pipeline!.NextAsync(sent.Statement);
            sent.Job.Template.GivesRows |= known;
            sent.Job.Template.NeedsLiterals |= !known;
            return known ? new SqlResult(SqlEnd.Done, GaveRows: true, row) : null;
        }
        catch (MariadbException failure) when (MysqlErrors.IsOfPreparation(failure))
        {
            sent.Job.Template.NeedsLiterals = true;
            return null;
        }
        catch (MariadbException failure)
        {
            throw new SqlFailureException(MysqlErrors.Trouble(failure, sent.Job.Values), failure.Message);
        }
    }

    /// <summary>Runs a statement as text, without blocking.</summary>
    /// <exception cref="SqlFailureException">It failed.</exception>
    /// <exception cref="SqlRefusedException">A value cannot stand in the place that the statement has for it.</exception>
    public async ValueTask<SqlResult> RunAsync(SqlJob job)
    {
        try
        {
            List<string?[]>? all = job.IsList ? [] : null;
            (string?[]? row, bool gaveRows, long affected) =
                await _client.RunAsync(_events!, Text(job.Template, job.Values), all);
            return new SqlResult(SqlEnd.Done, gaveRows, row, gaveRows ? -1 : affected, all);
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

    /// <summary>Ends what somebody waits for after <see cref="Enter"/>. Any thread may call it.</summary>
    public void Stop() => _client.Interrupt(_events!);

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

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

    private static async ValueTask<MariadbStatement?> PrepareAsync(MariadbPipeline pipeline, BoundStatement bound)
    {
        try
        {
            return await pipeline.PrepareAsync(bound.Text, bound.Parameters.Length);
        }
        catch (MariadbException failure) when (MysqlErrors.IsOfConnection(failure))
        {
            throw new SqlFailureException(failure.Message, failure);
        }
        catch (MariadbException)
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
