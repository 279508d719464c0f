using Authd.Core.Metrics;
using Authd.Modules.Pool;

namespace Authd.Modules.Sql;

/// <summary>The outcome of a statement.</summary>
public enum SqlStatus
{
    /// <summary>It was executed.</summary>
    Done,

    /// <summary>The database cannot hold the value (bytes unknown to its encoding), so nothing matches.</summary>
    Unrepresentable,

    /// <summary>The statement failed or the database is away; the log has the reason.</summary>
    Failed,

    /// <summary>The database refused a change or, read back, stored something else. The change has been undone as far as the
    /// database can do that; the log has no line yet.</summary>
    NotKept,
}

/// <summary>The result of a statement.</summary>
/// <param name="End">The outcome.</param>
/// <param name="ReturnedRows">There was a result with columns, even if without rows.</param>
/// <param name="Row">The first row, <c>null</c> without one; a NULL column is <c>null</c>. Wire text.</param>
/// <param name="Affected">Rows changed; -1 when the statement is not one that changes rows.</param>
/// <param name="All">All rows, for a list.</param>
public readonly record struct SqlResult(
    SqlStatus End, bool ReturnedRows = false, string?[]? Row = null, long Affected = -1, IReadOnlyList<string?[]>? All = null)
{
    /// <summary>There were further rows after <see cref="Row"/>.</summary>
    public bool HasSeveral { get; init; }

    /// <summary>For <see cref="SqlStatus.NotKept"/>: the server's message,
    /// safe for the log; <c>null</c>: the value was read back.</summary>
    public string? Refusal { get; init; }

    /// <summary>Of <see cref="SqlStatus.Failed"/>: one of <see cref="Core.Reasons"/>.</summary>
    public string Reason { get => field ?? Core.Reasons.BackendAway; init; }

    /// <summary>The statement failed.</summary>
    /// <param name="reason">See <see cref="Reason"/>.</param>
    public static SqlResult Failed(string reason) => new(SqlStatus.Failed) { Reason = reason };

    /// <summary>The database cannot hold the values.</summary>
    public static SqlResult Unrepresentable { get; } = new(SqlStatus.Unrepresentable);
}

/// <summary>The database of an SQL module, for the lifetime of one
/// configuration. Failures are logged here and never thrown.</summary>
public interface ISqlDatabase : IAsyncDisposable
{
    /// <summary>The other processes with connections to it.</summary>
    IPoolNeighbours Neighbours { get; set; }

    /// <summary>The counters for connections and round trips.</summary>
    ModuleCounters Counters { set; }

    /// <summary>Runs a lookup, which may share a round trip with others and is sent again when its connection is lost.</summary>
    ValueTask<SqlResult> QueryAsync(SqlTemplate query, SqlValues values, CancellationToken cancel);

    /// <summary>Makes a change, and keeps it only if its proof holds.</summary>
    /// <param name="query">The change.</param>
    /// <param name="values">Its values.</param>
    /// <param name="proof">The lookup after it in the same transaction; <c>null</c>: none.</param>
    /// <param name="cancel">Cancelled at the request's end.</param>
    ValueTask<SqlResult> ChangeAsync(SqlTemplate query, SqlValues values, SqlProof? proof, CancellationToken cancel);

    /// <summary>All rows, as they arrive.</summary>
    /// <exception cref="Core.EnumerationFailedException">The rows end early; logged.</exception>
    IAsyncEnumerable<string?[]> StreamAsync(SqlTemplate query, SqlValues values, CancellationToken cancel);
}
