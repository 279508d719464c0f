// One statement of a request on its way through the connections.
using Authd.Modules.Lanes;

namespace Authd.Modules.Sql;

/// <summary>A statement that waits for its answer.</summary>
/// <param name="template">What to send.</param>
/// <param name="values">With which values.</param>
/// <param name="shareable">A look-up: may travel with others and be sent again without harm.</param>
/// <param name="deadline">When to give up, milliseconds of the clock of <see cref="Environment.TickCount64"/>.</param>
public sealed class SqlJob(SqlTemplate template, SqlValues values, bool shareable, long deadline)
    : LaneJob<SqlResult>(deadline, SqlResult.Failed)
{
    /// <summary>What to send.</summary>
    public SqlTemplate Template { get; } = template;

    /// <summary>With which values.</summary>
    public SqlValues Values { get; } = values;

    /// <summary>It changes nothing.</summary>
    public bool IsLookup => shareable;

    /// <summary>What is known to give rows can share a round trip: every result then belongs to the next job in line.</summary>
    public override bool CanShare => shareable && Template is { GivesRows: true, NeedsLiterals: false };
}
