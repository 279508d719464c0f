namespace Authd.Modules.Pool;

/// <summary>A request that waits for its answer from a connection. Times are those of the pool's
/// <see cref="PoolClock"/>.</summary>
/// <param name="deadline">The time when it is given up.</param>
public abstract class PendingRequest(TimeSpan deadline)
{
    /// <summary>The time when it is given up.</summary>
    public TimeSpan Deadline { get; set; } = deadline;

    /// <summary>The time when it began to wait for a connection.</summary>
    public TimeSpan Queued { get; set; }

    /// <summary>When it was given to a connection.</summary>
    public TimeSpan Sent { get; set; }

    /// <summary>It was lost with a connection and sent again, which happens only once.</summary>
    public bool SentAgain { get; set; }

    /// <summary>It waits behind a blocked one and has been queued again.</summary>
    public bool Overtaking { get; set; }

    /// <summary>The server itself has said that it was not done, although the connection is unusable.</summary>
    public bool IsKnownUndone { get; set; }

    /// <summary>The server is there, and does not let us in.</summary>
    public bool IsRefused { get; set; }

    /// <summary>Repeating it does no harm, so it is sent again when it was lost with a connection. A change may have been made
    /// even if its answer was lost.</summary>
    public virtual bool CanRepeat => true;

    /// <summary>It may travel together with others of this kind.</summary>
    public virtual bool CanShare => false;

    /// <summary>Its answer is known.</summary>
    public abstract bool IsAnswered { get; }

    /// <summary>Delivers the answer, or a failure if no answer is known. Does nothing when called again.</summary>
    public abstract void Finish();
}

/// <summary>A request with a result.</summary>
/// <param name="deadline">When to give up.</param>
/// <param name="failure">The answer if it cannot be done.</param>
public abstract class PendingRequest<TResult>(TimeSpan deadline, TResult failure) : PendingRequest(deadline)
    where TResult : struct
{
    // Continuations run on the thread that has the answer: a login's next step, or writing the reply.
    private readonly TaskCompletionSource<TResult> _answer = new();
    private TResult _known;
    private volatile bool _isKnown;

    /// <summary>The answer if it cannot be done.</summary>
    public TResult Failure { get; set; } = failure;

    /// <summary>The answer, when it comes.</summary>
    public Task<TResult> Answer => _answer.Task;

    /// <inheritdoc/>
    public override bool IsAnswered => _isKnown || _answer.Task.IsCompleted;

    /// <summary>Answers at once; does nothing when it has been answered.</summary>
    public void Complete(TResult result) => _answer.TrySetResult(result);

    /// <summary>Answers when the connection is free again, because the next step of the same request may need it.</summary>
    public void CompleteLater(TResult result)
    {
        _known = result;
        _isKnown = true;
    }

    /// <summary>Fails with an exception: a bug is the request's failure, not the connection's.</summary>
    public void Fail(Exception bug) => _answer.TrySetException(bug);

    /// <inheritdoc/>
    public override void Finish() => Complete(_isKnown ? _known : IsRefused ? Refused : Failure);

    /// <summary>The answer of what a server that does not let us in keeps from being done.</summary>
    protected virtual TResult Refused => Failure;
}
