using System.Runtime.CompilerServices;
using Authd.Core.Logging;
using Authd.Modules.Pool;

namespace Authd.Modules.Sql.Postgres;

/// <summary>PostgreSQL connections for one conninfo.</summary>
/// <param name="servers">Opens the connections.</param>
/// <param name="log">The log.</param>
public sealed class PgsqlEngine(PgsqlServers servers, Log log) : ISqlEngine
{
    /// <inheritdoc/>
    public string ModuleName => PgsqlModule.Name;

    /// <inheritdoc/>
    public string? LostLine => "authpgsql: PQstatus failed, connection lost";

    /// <inheritdoc/>
    public TimeSpan AttemptLimit => servers.AttemptLimit;

    /// <inheritdoc/>
    public async Task<PooledConnection<SqlRequest>> OpenAsync(CancellationToken cancel) =>
        new PgsqlConnection(await servers.OpenAsync(streaming: false, cancel), log);

    /// <inheritdoc/>
    public async IAsyncEnumerable<string?[]> StreamAsync(
        SqlTemplate query, SqlValues values, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using PgsqlStream stream = await PgsqlStream.OpenAsync(servers, query, values, log, cancel);
        while (await stream.NextAsync(cancel) is { } row)
        {
            yield return row;
        }
    }

    /// <inheritdoc/>
    public ConnectFailure Explain(Exception failure) => PgsqlErrors.ConnectFailure(failure) with { Server = servers.Names };

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => servers.DisposeAsync();
}
