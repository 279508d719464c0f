// What the SQL modules need of their databases.
using Authd.Modules.Lanes;

namespace Authd.Modules.Sql;

/// <summary>How a statement ended.</summary>
public enum SqlEnd
{
    /// <summary>It was executed.</summary>
    Done,

    /// <summary>The database cannot hold such a value at all (bytes that its encoding does not know): nothing matches.</summary>
    Unrepresentable,

    /// <summary>The statement failed or the database is away; the log says so.</summary>
    Failed,
}

/// <summary>What a statement gave.</summary>
/// <param name="End">How it ended.</param>
/// <param name="GaveRows">There was a result with columns, even if with no row.</param>
/// <param name="Row">The first row, <c>null</c> when there is none; a NULL column is <c>null</c>. Wire text.</param>
/// <param name="Affected">Rows changed; -1 when the statement is not one that changes rows.</param>
/// <param name="All">All rows, for a list.</param>
public readonly record struct SqlResult(
    SqlEnd End, bool GaveRows = false, string?[]? Row = null, long Affected = -1, IReadOnlyList<string?[]>? All = null)
{
    /// <summary>The statement failed.</summary>
    public static SqlResult Failed { get; } = new(SqlEnd.Failed);

    /// <summary>The values cannot exist in the database.</summary>
    public static SqlResult Unrepresentable { get; } = new(SqlEnd.Unrepresentable);
}

/// <summary>A database, as long as one configuration is in use. Failures are logged here and never thrown.</summary>
public interface ISqlDatabase : IAsyncDisposable
{
    /// <summary>Who else has connections to it.</summary>
    ILaneNeighbours Neighbours { get; set; }

    /// <summary>Looks something up: may share a round trip with others and is sent again when the connection is lost.</summary>
    ValueTask<SqlResult> QueryAsync(SqlTemplate query, SqlValues values, CancellationToken cancel);

    /// <summary>Changes something.</summary>
    ValueTask<SqlResult> ChangeAsync(SqlTemplate query, SqlValues values, CancellationToken cancel);

    /// <summary>All rows, as they arrive.</summary>
    /// <exception cref="Core.EnumerationFailedException">They cannot all be had; logged.</exception>
    IAsyncEnumerable<string?[]> StreamAsync(SqlTemplate query, SqlValues values, CancellationToken cancel);
}
