// An SQL database as long as one configuration is in use.
using System.Runtime.CompilerServices;
using Authd.Core;
using Authd.Core.Logging;
using Authd.Modules.Lanes;

namespace Authd.Modules.Sql;

/// <summary>
/// Statements go through a pool of connections. A list has a connection of its own, so that lookups need not wait for whoever
/// reads it; where the server has no room for that, the list is read as a whole over one of the pool's.
/// </summary>
/// <param name="engine">Where the connections come from; taken over.</param>
/// <param name="limits">How many, and how long a statement may take.</param>
/// <param name="log">The log.</param>
public sealed class SqlDatabase(ISqlEngine engine, LaneLimits limits, Log log) : ISqlDatabase
{
    private readonly LanePool<SqlJob> _lanes = new(engine, limits, log);

    /// <inheritdoc/>
    public ILaneNeighbours Neighbours
    {
        get => _lanes.Neighbours;
        set => _lanes.Neighbours = value;
    }

    /// <inheritdoc/>
    public ValueTask<SqlResult> QueryAsync(SqlTemplate query, SqlValues values, CancellationToken cancel) =>
        RunAsync(new SqlJob(query, values, SqlJobKind.LookUp, _lanes.Deadline()), cancel);

    /// <inheritdoc/>
    public ValueTask<SqlResult> ChangeAsync(SqlTemplate query, SqlValues values, CancellationToken cancel) =>
        RunAsync(new SqlJob(query, values, SqlJobKind.Change, _lanes.Deadline()), cancel);

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

        SqlResult result = await RunAsync(new SqlJob(query, values, SqlJobKind.List, _lanes.Deadline()), cancel);
        foreach (string?[] row in result.All ?? throw new EnumerationFailedException("the list cannot be had now"))
        {
            yield return row;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _lanes.DisposeAsync();

    /// <summary>Whether there is a first row; <c>null</c>: there is no room for a connection of the list's own.</summary>
    private async ValueTask<bool?> BeginAsync(IAsyncEnumerator<string?[]> rows)
    {
        try
        {
            return await rows.MoveNextAsync();
        }
        catch (SqlNoConnectionException none)
        {
            Exception cause = none.InnerException ?? none;
            if (_lanes.IsCrowd(cause))
            {
                return null;
            }

            Absence absence = engine.Explain(cause);
            foreach (string line in absence.Lines)
            {
                log.Err(line);
            }

            throw new EnumerationFailedException(absence.Text, cause);
        }
    }

    private async ValueTask<SqlResult> RunAsync(SqlJob job, CancellationToken cancel)
    {
        _lanes.Submit(job);
        return await job.Answer.WaitAsync(cancel);
    }
}
