using System.Runtime.CompilerServices;
using Authd.Core;
using Authd.Core.Logging;
using Authd.Core.Metrics;
using Authd.Modules.Pool;

namespace Authd.Modules.Sql;

/// <summary>
/// An SQL database, for the lifetime of one configuration. Statements go through a pool of connections. A list has a connection
/// of its own, so that lookups never wait for its reader; if the server has no room for that, the list is read as a whole over
/// one of the pool's.
/// </summary>
/// <param name="engine">The source of connections; disposed of with this object.</param>
/// <param name="limits">The number of connections, and time limits.</param>
/// <param name="log">The log.</param>
public sealed class SqlDatabase(ISqlEngine engine, PoolLimits limits, Log log) : ISqlDatabase
{
    private readonly ConnectionPool<SqlRequest> _connections = new(engine, limits, log);

    /// <inheritdoc/>
    public IPoolNeighbours Neighbours
    {
        get => _connections.Neighbours;
        set => _connections.Neighbours = value;
    }

    /// <inheritdoc/>
    public ModuleCounters Counters
    {
        set => _connections.Counters = value;
    }

    /// <inheritdoc/>
    public ValueTask<SqlResult> QueryAsync(SqlTemplate query, SqlValues values, CancellationToken cancel) =>
        RunAsync(new SqlRequest(query, values, SqlRequestKind.LookUp, _connections.Deadline()), cancel);

    /// <inheritdoc/>
    public ValueTask<SqlResult> ChangeAsync(SqlTemplate query, SqlValues values, SqlProof? proof, CancellationToken cancel) =>
        RunAsync(new SqlRequest(query, values, SqlRequestKind.Change, _connections.Deadline(), proof), cancel);

    /// <inheritdoc/>
    public async IAsyncEnumerable<string?[]> StreamAsync(
        SqlTemplate query, SqlValues values, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using IAsyncEnumerator<string?[]> rows = engine.StreamAsync(query, values, cancel).GetAsyncEnumerator(cancel);
        if (await BeginAsync(rows) is { } begun)
        {
            for (bool more = begun; more; more = await rows.MoveNextAsync())
            {
                yield return rows.Current;
            }

            yield break;
        }

        SqlResult result = await RunAsync(new SqlRequest(query, values, SqlRequestKind.List, _connections.Deadline()), cancel);
        foreach (string?[] row in result.All ?? throw new EnumerationFailedException("the list cannot be had now"))
        {
            yield return row;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connections.DisposeAsync();

    /// <summary>Whether a first row exists; <c>null</c>: the server has no room for a connection of the list's own.</summary>
    private async ValueTask<bool?> BeginAsync(IAsyncEnumerator<string?[]> rows)
    {
        try
        {
            return await rows.MoveNextAsync();
        }
        catch (SqlNoConnectionException none)
        {
            Exception cause = none.InnerException ?? none;
            if (_connections.ServerIsFull(cause))
            {
                return null;
            }

            ConnectFailure absence = engine.Explain(cause);
            foreach (string line in absence.Lines)
            {
                log.Err(line);
            }

            throw new EnumerationFailedException(absence.Text, cause);
        }
    }

    private async ValueTask<SqlResult> RunAsync(SqlRequest request, CancellationToken cancel)
    {
        _connections.Submit(request);
        return await request.Answer.WaitAsync(cancel);
    }
}
