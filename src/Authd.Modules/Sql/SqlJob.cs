// One statement of a request on its way through the connections.

namespace Authd.Modules.Sql;

/// <summary>A statement that waits for its answer.</summary>
/// <param name="template">What to send.</param>
/// <param name="values">With which values.</param>
/// <param name="shareable">A look-up: may travel with others and be sent again without harm.</param>
/// <param name="deadline">When to give up, milliseconds of the clock of <see cref="Environment.TickCount64"/>.</param>
public sealed class SqlJob(SqlTemplate template, SqlValues values, bool shareable, long deadline)
{
    private readonly TaskCompletionSource<SqlResult> _answer = new();

    /// <summary>What to send.</summary>
    public SqlTemplate Template { get; } = template;

    /// <summary>With which values.</summary>
    public SqlValues Values { get; } = values;

    /// <summary>When to give up, as <see cref="Environment.TickCount64"/>.</summary>
    public long Deadline { get; set; } = deadline;

    /// <summary>When it began to wait for a connection.</summary>
    public long Queued { get; set; }

    /// <summary>It was lost with a connection and has been given to another: that happens once.</summary>
    public bool SentAgain { get; set; }

    /// <summary>It waits behind a blocked one and has been put in the queue again.</summary>
    public bool Overtaking { get; set; }

    /// <summary>What is known to give rows can share a round trip: every result then belongs to the next job in line.</summary>
    public bool CanShare => shareable && Template is { GivesRows: true, NeedsLiterals: false };

    /// <summary>The answer, when it comes.</summary>
    public Task<SqlResult> Answer => _answer.Task;

    /// <summary>It has come.</summary>
    public bool IsAnswered => _answer.Task.IsCompleted;

    /// <summary>Answers; without effect when it has been answered.</summary>
    public void Complete(SqlResult result) => _answer.TrySetResult(result);
}
