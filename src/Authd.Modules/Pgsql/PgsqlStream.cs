// All rows of a statement, one after the other, on a connection of their own.
using Authd.Core;
using Authd.Core.Logging;
using Authd.Modules.Sql;
using Npgsql;

namespace Authd.Modules.Pgsql;

/// <summary>A result that is read as it arrives: never more than a buffer of it is held.</summary>
internal sealed class PgsqlStream : IAsyncDisposable
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(25);
    private readonly NpgsqlConnection _connection;
    private readonly Log _log;
    private NpgsqlBatch? _batch;
    private NpgsqlDataReader? _reader;
    private bool _finished;

    private PgsqlStream(NpgsqlConnection connection, Log log) => (_connection, _log) = (connection, log);

    /// <summary>Connects and sends the statement.</summary>
    /// <exception cref="EnumerationFailedException">It failed; logged.</exception>
    /// <exception cref="SqlNoConnectionException">There is no connection to be had; not logged.</exception>
    public static async Task<PgsqlStream> OpenAsync(
        PgsqlServers servers, SqlTemplate query, SqlValues values, Log log, CancellationToken cancel)
    {
        PgsqlStream? stream = null;
        try
        {
            stream = new PgsqlStream(await servers.OpenAsync(streaming: true, cancel), log);
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
            throw Fail(log, failure);
        }
    }

    /// <summary>The next row, <c>null</c> after the last.</summary>
    /// <exception cref="EnumerationFailedException">There are more, but they cannot be had; logged.</exception>
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
            throw Fail(_log, failure);
        }
    }

    /// <summary>
    /// Closes the connection. What the server still has to send would be read to its end by a regular close, so an
    /// unfinished result is left to a cancel request and closed behind the caller's back.
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
        catch (PostgresException failure) when (!literals && PgsqlErrors.Trouble(failure) == PgsqlTrouble.Preparation)
        {
            await SendAsync(query, values, literals: true);
            query.NeedsLiterals = true;
        }
    }

    private static EnumerationFailedException Fail(Log log, Exception failure)
    {
        log.Err($"PQsendQuery failed: {PgsqlErrors.Text(failure)}");
        return new EnumerationFailedException(PgsqlErrors.Text(failure), failure);
    }
}
