// One statement of a request on its way through the connections.
using Authd.Modules.Lanes;

namespace Authd.Modules.Sql;

/// <summary>What a statement is for.</summary>
public enum SqlJobKind
{
    /// <summary>The first row: may travel with others and be sent again without harm.</summary>
    LookUp,

    /// <summary>To change something: goes alone, and is never sent again when it may have been done.</summary>
    Change,

    /// <summary>All rows.</summary>
    List,
}

/// <summary>A statement that waits for its answer.</summary>
/// <param name="template">What to send.</param>
/// <param name="values">With which values.</param>
/// <param name="kind">What for.</param>
/// <param name="deadline">When to give up.</param>
public sealed class SqlJob(SqlTemplate template, SqlValues values, SqlJobKind kind, TimeSpan deadline)
    : LaneJob<SqlResult>(deadline, SqlResult.Failed)
{
    /// <summary>What to send.</summary>
    public SqlTemplate Template { get; } = template;

    /// <summary>With which values.</summary>
    public SqlValues Values { get; } = values;

    /// <summary>It changes nothing, and one row is wanted.</summary>
    public bool IsLookup => kind == SqlJobKind.LookUp;

    /// <summary>All rows are wanted: <see cref="SqlResult.All"/>.</summary>
    public bool IsList => kind == SqlJobKind.List;

    /// <inheritdoc/>
    public override bool CanRepeat => kind != SqlJobKind.Change;

    /// <summary>What is known to give rows can share a round trip: every result then belongs to the next job in line.</summary>
    public override bool CanShare => kind == SqlJobKind.LookUp && Template is { GivesRows: true, NeedsLiterals: false };
}
