// An SQL database as long as one configuration is in use.
using Authd.Core.Logging;
using Authd.Modules.Lanes;

namespace Authd.Modules.Sql;

/// <summary>Statements go through a pool of connections, lists have connections of their own.</summary>
/// <param name="engine">Where the connections come from; taken over.</param>
/// <param name="limits">How many, and how long a statement may take.</param>
/// <param name="log">The log.</param>
public sealed class SqlDatabase(ISqlEngine engine, LaneLimits limits, Log log) : ISqlDatabase
{
    private readonly LanePool<SqlJob> _lanes = new(engine, limits, log);

    /// <inheritdoc/>
    public ValueTask<SqlResult> QueryAsync(SqlTemplate query, SqlValues values, CancellationToken cancel) =>
        RunAsync(new SqlJob(query, values, shareable: true, _lanes.Deadline()), cancel);

    /// <inheritdoc/>
    public ValueTask<SqlResult> ChangeAsync(SqlTemplate query, SqlValues values, CancellationToken cancel) =>
        RunAsync(new SqlJob(query, values, shareable: false, _lanes.Deadline()), cancel);

    /// <inheritdoc/>
    public IAsyncEnumerable<string?[]> StreamAsync(SqlTemplate query, SqlValues values, CancellationToken cancel) =>
        engine.StreamAsync(query, values, cancel);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _lanes.DisposeAsync();

    private async ValueTask<SqlResult> RunAsync(SqlJob job, CancellationToken cancel)
    {
        _lanes.Submit(job);
        return await job.Answer.WaitAsync(cancel);
    }
}
