// What a request has a connection do.
namespace Authd.Modules.Lanes;

/// <summary>A piece of work that waits for its answer. Times are those of the pool's <see cref="LaneClock"/>.</summary>
/// <param name="deadline">When to give up.</param>
public abstract class LaneJob(TimeSpan deadline)
{
    /// <summary>When to give up.</summary>
    public TimeSpan Deadline { get; set; } = deadline;

    /// <summary>When it began to wait for a connection.</summary>
    public TimeSpan Queued { get; set; }

    /// <summary>It was lost with a connection and has been given to another: that happens once.</summary>
    public bool SentAgain { get; set; }

    /// <summary>It waits behind a blocked one and has been put in the queue again.</summary>
    public bool Overtaking { get; set; }

    /// <summary>The server itself has said that it was not done, though the connection is of no more use.</summary>
    public bool IsKnownUndone { get; set; }

    /// <summary>Doing it twice does no harm: it is sent again when it was lost with a connection. A change may have been made
    /// though its answer was lost.</summary>
    public virtual bool CanRepeat => true;

    /// <summary>It may travel together with others that say so.</summary>
    public virtual bool CanShare => false;

    /// <summary>Its answer is known.</summary>
    public abstract bool IsAnswered { get; }

    /// <summary>Hands the answer over: the one that is known, or else that it cannot be done now. Without effect when
    /// that has been done.</summary>
    public abstract void Finish();
}

/// <summary>A job with a kind of answer.</summary>
/// <param name="deadline">When to give up.</param>
/// <param name="failure">The answer of what could not be done.</param>
public abstract class LaneJob<TResult>(TimeSpan deadline, TResult failure) : LaneJob(deadline)
    where TResult : struct
{
    // What continues does so on the thread that has the answer: a login's next step, or writing the reply.
    private readonly TaskCompletionSource<TResult> _answer = new();
    private TResult _known;
    private volatile bool _isKnown;

    /// <summary>The answer, when it comes.</summary>
    public Task<TResult> Answer => _answer.Task;

    /// <inheritdoc/>
    public override bool IsAnswered => _isKnown || _answer.Task.IsCompleted;

    /// <summary>Answers at once; without effect when it has been answered.</summary>
    public void Complete(TResult result) => _answer.TrySetResult(result);

    /// <summary>Answers as soon as the connection is free again, which the next step of the same request may need.</summary>
    public void CompleteLater(TResult result)
    {
        _known = result;
        _isKnown = true;
    }

    /// <summary>A mistake of the program is the request's, not the connection's.</summary>
    public void Fail(Exception bug) => _answer.TrySetException(bug);

    /// <inheritdoc/>
    public override void Finish() => Complete(_isKnown ? _known : failure);
}
