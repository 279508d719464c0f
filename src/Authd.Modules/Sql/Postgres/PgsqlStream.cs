using Authd.Core;
using Authd.Core.Logging;
using Npgsql;

namespace Authd.Modules.Sql.Postgres;

/// <summary>All rows of a statement on a connection of their own, read
/// as they arrive: only one buffer of the result is held.</summary>
internal sealed class PgsqlStream : IAsyncDisposable
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(25);
    private readonly NpgsqlConnection _connection;
    private readonly Log _log;
    private readonly SqlRequest _list;
    private NpgsqlBatch? _batch;
    private NpgsqlDataReader? _reader;
    private bool _finished;

    private PgsqlStream(NpgsqlConnection connection, SqlRequest list, Log log) => (_connection, _list, _log) = (connection, list, log);

    /// <summary>Connects and sends the statement.</summary>
    /// <exception cref="EnumerationFailedException">The statement failed; logged.</exception>
    /// <exception cref="SqlNoConnectionException">No connection is available; not logged.</exception>
    public static async Task<PgsqlStream> OpenAsync(
        PgsqlServers servers, SqlTemplate query, SqlValues values, Log log, CancellationToken cancel)
    {
        PgsqlStream? stream = null;
        SqlRequest list = new(query, values, SqlRequestKind.List, TimeSpan.Zero);
        try
        {
            stream = new PgsqlStream(await servers.OpenAsync(streaming: true, cancel), list, log);
            await stream.SendAsync(query, values, query.NeedsLiterals);
            return stream;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            if (stream is null)
            {
                throw new SqlNoConnectionException(failure);
            }

            await stream.DisposeAsync();
            throw Fail(log, list, failure);
        }
    }

    /// <summary>The next row, <c>null</c> after the last.</summary>
    /// <exception cref="EnumerationFailedException">The rows end early; logged.</exception>
    public async Task<string?[]?> NextAsync(CancellationToken cancel)
    {
        try
        {
            if (_reader is null || !await _reader.ReadAsync(cancel).WaitAsync(Silence, cancel))
            {
                _finished = true;
                return null;
            }

            return PgsqlBatch.Row(_reader);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            throw Fail(_log, _list, failure);
        }
    }

    /// <summary>
    /// Closes the connection. A regular close would read the server's remaining output to its end, so an unfinished result is
    /// ended by a cancel request and closed in the background.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (_finished || _reader is null)
        {
            await CloseAsync();
        }
        else
        {
            _ = Task.Run(() => CloseAsync(cancelFirst: true));
        }
    }

    private async Task CloseAsync(bool cancelFirst = false)
    {
        try
        {
            if (cancelFirst)
            {
                _batch?.Cancel();
            }

            await _connection.DisposeAsync();
        }
        catch (Exception broken) when (broken is NpgsqlException or IOException or OperationCanceledException)
        {
            _log.Debug($"authpgsql: closing a connection: {PgsqlErrors.Text(broken)}");
        }
    }

    private async Task SendAsync(SqlTemplate query, SqlValues values, bool literals)
    {
        _batch = PgsqlBatch.New(_connection);
        foreach (SqlStatement statement in query.Statements(PgsqlBatch.Reading(_connection)))
        {
            PgsqlBatch.Add(_batch, literals ? statement.BindLiterals(values, PostgresEscapes.Quote) : statement.Bind(values));
        }

        try
        {
            _reader = await _batch.ExecuteReaderAsync().WaitAsync(Silence);
            while (NpgsqlInternals.StatementIndex(_reader) < _batch.BatchCommands.Count - 1)
            {
                if (!await _reader.NextResultAsync().WaitAsync(Silence))
                {
                    throw new NpgsqlException("the statement gives no rows");
                }
            }
        }
        catch (PostgresException failure) when (!literals && PgsqlErrors.Trouble(failure) == SqlErrorKind.Preparation)
        {
            await SendAsync(query, values, literals: true);
            query.NeedsLiterals = true;
        }
    }

    private static EnumerationFailedException Fail(Log log, SqlRequest list, Exception failure)
    {
        string text = SqlErrorText.Line(list, PgsqlErrors.Statement(failure));
        string line = $"authpgsql: PQsendQuery failed: {text}";
        log.Err(list.Template.IsNews(text) ? $"{line}; the statement is: {list.Template.Shown}" : line);
        return new EnumerationFailedException(text, failure);
    }
}
