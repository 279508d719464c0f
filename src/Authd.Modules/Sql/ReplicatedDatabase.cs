// A primary with replicas: lookups may go to other servers than changes.
using Authd.Core.Metrics;
using Authd.Modules.Pool;

namespace Authd.Modules.Sql;

/// <summary>Sends lookups to one database and changes to another, of
/// which the first is a copy that may be slightly behind.</summary>
/// <param name="lookups">The database for lookups and lists; disposed of with this object.</param>
/// <param name="changes">The database for changes; disposed of with
/// this object. It connects when there is a change to make.</param>
public sealed class ReplicatedDatabase(ISqlDatabase lookups, ISqlDatabase changes) : ISqlDatabase
{
    /// <inheritdoc/>
    public IPoolNeighbours Neighbours
    {
        get => lookups.Neighbours;
        set => lookups.Neighbours = value;
    }

    /// <inheritdoc/>
    public ModuleCounters Counters
    {
        set => lookups.Counters = value;
    }

    /// <inheritdoc/>
    public ValueTask<SqlResult> QueryAsync(SqlTemplate query, SqlValues values, CancellationToken cancel) =>
        lookups.QueryAsync(query, values, cancel);

    /// <inheritdoc/>
    public ValueTask<SqlResult> ChangeAsync(SqlTemplate query, SqlValues values, SqlProof? proof, CancellationToken cancel) =>
        changes.ChangeAsync(query, values, proof, cancel);

    /// <inheritdoc/>
    public IAsyncEnumerable<string?[]> StreamAsync(SqlTemplate query, SqlValues values, CancellationToken cancel) =>
        lookups.StreamAsync(query, values, cancel);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await lookups.DisposeAsync();
        await changes.DisposeAsync();
    }
}
