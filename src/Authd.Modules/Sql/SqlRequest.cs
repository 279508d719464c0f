using Authd.Modules.Pool;

namespace Authd.Modules.Sql;

/// <summary>The purpose of a statement.</summary>
public enum SqlRequestKind
{
    /// <summary>The first row is wanted: it may travel with others and be repeated without harm.</summary>
    LookUp,

    /// <summary>A change: it goes alone, and is never repeated when it may have been made.</summary>
    Change,

    /// <summary>All rows are wanted.</summary>
    List,
}

/// <summary>A statement of a request that waits for its answer.</summary>
/// <param name="template">The statement.</param>
/// <param name="values">Its values.</param>
/// <param name="kind">Its purpose.</param>
/// <param name="deadline">The time when it is given up.</param>
/// <param name="proof">The proof of a change.</param>
public sealed class SqlRequest(SqlTemplate template, SqlValues values, SqlRequestKind kind, TimeSpan deadline, SqlProof? proof = null)
    : PendingRequest<SqlResult>(deadline, SqlResult.Failed(Core.Reasons.BackendAway))
{
    /// <summary>The statement.</summary>
    public SqlTemplate Template { get; } = template;

    /// <summary>Its values.</summary>
    public SqlValues Values { get; } = values;

    /// <summary>The proof of a change; <c>null</c>: none, or not a change.</summary>
    public SqlProof? Proof { get; } = proof;

    /// <summary>It is a change.</summary>
    public bool IsChange => kind == SqlRequestKind.Change;

    /// <summary>It changes nothing, and one row is wanted.</summary>
    public bool IsLookup => kind == SqlRequestKind.LookUp;

    /// <summary>All rows are wanted: <see cref="SqlResult.All"/>.</summary>
    public bool IsList => kind == SqlRequestKind.List;

    /// <inheritdoc/>
    protected override SqlResult Refused => SqlResult.Failed(Core.Reasons.ServerRefused);

    /// <inheritdoc/>
    public override bool CanRepeat => kind != SqlRequestKind.Change;

    /// <summary>Only statements known to return rows share a round trip:
    /// every result then belongs to the next request in line.</summary>
    public override bool CanShare => kind == SqlRequestKind.LookUp && Template is { GivesRows: true, NeedsLiterals: false };
}
