using Authd.Core.Logging;
using Authd.Linux.Events;
using Authd.Linux.Mariadb;

namespace Authd.Modules.Sql.Mysql;

/// <summary>
/// One session on a MariaDB or MySQL server, with known settings. Lookups are prepared if that returns the same, byte by byte, as
/// the statement's text: the server then reads and plans the text once.
/// </summary>
internal sealed class MysqlConnection : ISqlConnection, ISqlSession
{
    private const uint UnknownVariable = 1193;

    // "The server is running with the --read-only option"; the same in MySQL's words.
    private const uint OptionPrevents = 1290;
    private const uint ReadOnlyMode = 1836;
    private readonly MariadbClient _client;
    private readonly MysqlRole _role;
    private readonly SqlLexicalMode _reading;
    private readonly MysqlQuoting _quoting;

    // Null: this server runs it as text only, or not at all.
    private readonly Dictionary<SqlTemplate, MariadbStatement?> _prepared = [];
    private EventLoop? _events;
    private MariadbPipeline? _pipeline;

    /// <summary>Takes over a connection and sets up the session.</summary>
    /// <param name="client">The connection.</param>
    /// <param name="characterSet">MYSQL_CHARACTER_SET.</param>
    /// <param name="limit">The server's time limit for a statement; zero: none.</param>
    /// <param name="role">The statements that the server must take.</param>
    /// <param name="log">The log.</param>
    /// <exception cref="MariadbException">The session cannot be used.</exception>
    public MysqlConnection(MariadbClient client, string? characterSet, TimeSpan limit, MysqlRole role, Log log)
    {
        _client = client;
        _role = role;
        IsReadOnly = role != MysqlRole.Any && client.Run("SELECT @@global.read_only").Row is not ["0" or "OFF"];
        SetCharacterSet(characterSet, log);
        (string effective, _reading) = ReadSession();
        _quoting = new MysqlQuoting(effective);
        if (limit > TimeSpan.Zero)
        {
            LimitStatements(limit, log);
        }
    }

    /// <summary>The version of TLS; <c>null</c>: the connection has no TLS. Blocks.</summary>
    public string? Encryption
    {
        get
        {
            try
            {
                return _client.Cipher is null ? null
                    : _client.Run("SHOW SESSION STATUS LIKE 'Ssl_version'").Row?[1]?.Replace("TLSv", "TLS", StringComparison.Ordinal) ?? "TLS";
            }
            catch (MariadbException)
            {
                return "TLS";
            }
        }
    }

    /// <summary>Has the server read a statement without executing it. Blocks.</summary>
    /// <returns>The number of its columns; <c>null</c>: the server prepares no such statement.</returns>
    /// <exception cref="SqlFailureException">The server does not take it.</exception>
    /// <exception cref="SqlRefusedException">As for <see cref="Rows"/>.</exception>
    public int? Describe(SqlTemplate query, SqlValues values)
    {
        string text = Text(query, values);
        if (query.HasTransaction || text.TrimEnd(' ', ';').Contains(';', StringComparison.Ordinal))
        {
            return null;
        }

        try
        {
            return (int)_client.Describe(text);
        }
        catch (MariadbException failure) when (MysqlErrors.IsOfPreparation(failure))
        {
            return null;
        }
        catch (MariadbException failure)
        {
            throw MysqlErrors.Statement(failure, values);
        }
    }

    /// <summary>The server took no changes when the connection was made. Not asked where any server will do.</summary>
    public bool IsReadOnly { get; }

    /// <summary>A statement that waits for its answer.</summary>
    public sealed record Sent(SqlRequest Request, MariadbStatement Statement);

    /// <summary>Sets the loop in which the connection waits from now on.</summary>
    public void Enter(EventLoop events, bool prepares) =>
        (_events, _pipeline) = (events, prepares ? _client.Pipeline(events) : null);

    /// <summary>Adds a lookup to those that <see cref="SendAsync"/> sends; null: it must be sent as text.</summary>
    /// <exception cref="SqlFailureException">The connection is unusable.</exception>
    public async ValueTask<Sent?> AddAsync(SqlRequest request)
    {
        if (Bind(request) is not { } bound)
        {
            return null;
        }

        if (!_prepared.ContainsKey(request.Template))
        {
            _prepared.Add(request.Template, await PrepareAsync(_pipeline!, bound));
        }

        return Add(request, bound);
    }

    /// <summary>Adds a lookup whose statement has been prepared, for <see cref="SendAtOnce"/>; null: it has to wait until nothing is
    /// under way.</summary>
    public Sent? TryAdd(SqlRequest request) => Bind(request) is { } bound ? Add(request, bound) : null;

    /// <summary>Sends the added lookups as far as there is room; <see cref="SendAsync"/> sends the rest.</summary>
    public void SendAtOnce()
    {
        try
        {
            _pipeline!.SendAtOnce();
        }
        catch (MariadbException)
        {
            // The connection is lost, which whoever reads its answers finds as well, and reports.
        }
    }

    /// <summary>Sends the added lookups.</summary>
    /// <exception cref="SqlFailureException">The connection is unusable.</exception>
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

    /// <summary>The answer to the first unanswered lookup; null: the answer to its text counts.</summary>
    /// <exception cref="SqlFailureException">The lookup failed.</exception>
    public async ValueTask<SqlResult?> NextAsync(Sent sent)
    {
        try
        {
            (bool known, string?[]? row, bool several) = await _pipeline!.NextAsync(sent.Statement);
            sent.Request.Template.GivesRows |= known;
            sent.Request.Template.NeedsLiterals |= !known;
            return known ? new SqlResult(SqlStatus.Done, ReturnedRows: true, row) { HasSeveral = several } : null;
        }
        catch (MariadbException failure) when (MysqlErrors.IsOfPreparation(failure))
        {
            sent.Request.Template.NeedsLiterals = true;
            return null;
        }
        catch (MariadbException failure)
        {
            throw MysqlErrors.Statement(failure, sent.Request.Values);
        }
    }

    /// <summary>Runs a statement as text, without blocking.</summary>
    /// <exception cref="SqlFailureException">The statement failed.</exception>
    /// <exception cref="SqlRefusedException">A value cannot be used at its place in the statement.</exception>
    public ValueTask<SqlResult> RunAsync(SqlRequest request) =>
        request.IsChange ? SqlChange.RunAsync(this, request) : RunAsync(request.Template, request.Values, request.IsList ? [] : null);

    /// <inheritdoc/>
    ValueTask<SqlResult> ISqlSession.RunAsync(SqlTemplate query, SqlValues values) => RunAsync(query, values, all: null);

    /// <inheritdoc/>
    ValueTask ISqlSession.BeginAsync() => ExecuteAsync("START TRANSACTION");

    /// <inheritdoc/>
    ValueTask ISqlSession.EndAsync(bool keep) => ExecuteAsync(keep ? "COMMIT" : "ROLLBACK");

    /// <inheritdoc/>
    public IEnumerable<string?[]> Rows(SqlTemplate query, SqlValues values)
    {
        using IEnumerator<string?[]> rows = _client.Rows(Text(query, values)).GetEnumerator();
        while (Next(rows, values))
        {
            yield return rows.Current;
        }
    }

    /// <inheritdoc/>
    public void Interrupt() => _client.Shutdown();

    /// <summary>Ends a wait after <see cref="Enter"/>. Any thread may call this.</summary>
    public void Stop() => _client.Interrupt(_events!);

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async ValueTask<SqlResult> RunAsync(SqlTemplate query, SqlValues values, List<string?[]>? all)
    {
        try
        {
            MariadbResult result = await _client.RunAsync(_events!, Text(query, values), all);
            return new SqlResult(SqlStatus.Done, result.ReturnedRows, result.Row, result.ReturnedRows ? -1 : result.Affected, all)
            {
                HasSeveral = result.HasSeveral,
            };
        }
        catch (MariadbException demoted) when (_role == MysqlRole.Primary && demoted.Code is OptionPrevents or ReadOnlyMode)
        {
            // It is the primary no longer, so another server is.
            throw new SqlFailureException(SqlErrorKind.Connection, demoted.Message) { IsKnownUndone = true };
        }
        catch (MariadbException failure)
        {
            throw MysqlErrors.Statement(failure, values);
        }
    }

    private static bool Next(IEnumerator<string?[]> rows, SqlValues values)
    {
        try
        {
            return rows.MoveNext();
        }
        catch (MariadbException failure)
        {
            throw MysqlErrors.Statement(failure, values);
        }
    }

    private async ValueTask ExecuteAsync(string sql)
    {
        try
        {
            await _client.RunAsync(_events!, sql);
        }
        catch (MariadbException failure)
        {
            throw MysqlErrors.Statement(failure, SqlValues.Enumeration(""));
        }
    }

    /// <summary>The statement with its values as parameters; null: they must be sent as literals.</summary>
    private BoundStatement? Bind(SqlRequest request)
    {
        if (_pipeline is null || request is not { IsLookup: true, Template.NeedsLiterals: false }
            || request.Template.Statements(_reading) is not [{ IsSameForAll: true } whole])
        {
            return null;
        }

        // A character set could refuse other bytes, or see special characters in them; a literal names its character set.
        BoundStatement bound = whole.Bind(request.Values);
        return bound.Parameters.All(static text => text.Length <= MariadbStatement.LongestParameter && MysqlQuoting.IsPlain(text))
            ? bound : null;
    }

    private Sent? Add(SqlRequest request, BoundStatement bound)
    {
        if (_prepared.GetValueOrDefault(request.Template) is not { } statement)
        {
            return null;
        }

        _pipeline!.Add(statement, bound.Parameters);
        return new Sent(request, statement);
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

        // The library calls a set by its own name: utf8 is utf8mb3.
        if (_client.TrySetCharacterSet(asked))
        {
            log.Debug($"Using character set: {asked}");
        }
        else
        {
            log.Err($"Cannot set character set to \"{asked}\", using \"{_client.CharacterSet}\".");
        }
    }

    /// <summary>
    /// Limits the server's work on a statement, which it would otherwise continue after the request has been given up. Old
    /// servers have no such limit.
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

    /// <summary>Reads the server's own view, because an init_connect may
    /// have changed settings that the library believes in.</summary>
    private (string CharacterSet, SqlLexicalMode Reading) ReadSession()
    {
        string?[] row = _client.Run("SELECT @@character_set_client, @@sql_mode").Row ?? [];
        string[] modes = (row[1] ?? "").Split(',');
        SqlLexicalMode reading = (modes.Contains("NO_BACKSLASH_ESCAPES") ? SqlLexicalMode.Standard : SqlLexicalMode.Backslashes)
            | (modes.Contains("ANSI_QUOTES") ? SqlLexicalMode.Standard : SqlLexicalMode.DoubleQuotedText);
        return (row[0] ?? "", reading);
    }
}
