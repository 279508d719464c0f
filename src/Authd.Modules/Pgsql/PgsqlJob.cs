// One statement of a request on its way through the connections.
using Authd.Modules.Sql;

namespace Authd.Modules.Pgsql;

/// <summary>A statement that waits for its answer.</summary>
/// <param name="template">What to send.</param>
/// <param name="values">With which values.</param>
/// <param name="shareable">A look-up: may travel with others and be sent again without harm.</param>
/// <param name="deadline">When to give up, milliseconds of the clock of <see cref="Environment.TickCount64"/>.</param>
internal sealed class PgsqlJob(SqlTemplate template, SqlValues values, bool shareable, long deadline)
{
    private readonly TaskCompletionSource<SqlResult> _answer = new();

    public SqlTemplate Template { get; } = template;

    public SqlValues Values { get; } = values;

    public long Deadline { get; set; } = deadline;

    /// <summary>When it began to wait for a connection.</summary>
    public long Queued { get; set; }

    /// <summary>It was lost with a connection and has been given to another: that happens once.</summary>
    public bool SentAgain { get; set; }

    /// <summary>It waits behind a blocked one and has been put in the queue again.</summary>
    public bool Overtaking { get; set; }

    /// <summary>What is known to give rows can share a round trip: every result then belongs to the next job in line.</summary>
    public bool CanShare => shareable && Template is { GivesRows: true, NeedsLiterals: false };

    public Task<SqlResult> Answer => _answer.Task;

    public bool IsAnswered => _answer.Task.IsCompleted;

    /// <summary>Answers; without effect when it has been answered.</summary>
    public void Complete(SqlResult result) => _answer.TrySetResult(result);
}
