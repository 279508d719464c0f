// What a database engine adds to the pool of its connections.
using Authd.Modules.Lanes;

namespace Authd.Modules.Sql;

/// <summary>One configuration's way to its servers. Used by <see cref="SqlDatabase"/> alone.</summary>
public interface ISqlEngine : ILaneSource<SqlJob>
{
    /// <inheritdoc/>
    string? ILaneSource<SqlJob>.BackLine => $"{ModuleName}: connected to the database again";

    /// <summary>All rows of a statement, as they arrive, on a connection of its own.</summary>
    /// <exception cref="Core.EnumerationFailedException">They cannot all be had; logged.</exception>
    IAsyncEnumerable<string?[]> StreamAsync(SqlTemplate query, SqlValues values, CancellationToken cancel);
}
