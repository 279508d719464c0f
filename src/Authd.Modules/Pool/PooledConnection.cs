namespace Authd.Modules.Pool;

/// <summary>A connection that ConnectionPool keeps open, for one caller at a time.</summary>
public abstract class PooledConnection<TRequest>
    where TRequest : PendingRequest
{
    /// <summary>The requests under way; empty when the connection is idle.</summary>
    public List<TRequest> Group { get; } = [];

    /// <summary>The time when the group, or the last request that joined it, was sent.</summary>
    public TimeSpan Sent { get; set; }

    /// <summary>The time since when the server owes the next answer.</summary>
    public TimeSpan OwesSince { get; set; }

    /// <summary>See <see cref="RoundTrips.IsNearby"/>.</summary>
    public bool IsNearby { get; set; }

    /// <summary>The time of the server's last answer.</summary>
    public TimeSpan LastAnswer { get; private set; }

    /// <summary>The reason why the connection is unusable.</summary>
    public string Failure { get; internal protected set; } = "";

    /// <summary>It takes no further request, and is closed when what is under way is done.</summary>
    public bool IsLeaving { get; set; }

    /// <summary>Given up: its requests have been answered without it, and it is closed as soon as it comes back.</summary>
    public bool Abandoned { get; set; }

    /// <summary>The pool; <c>null</c> until the connection joins it.</summary>
    private protected ConnectionPool<TRequest>? Pool { get; private set; }

    /// <summary>The pool's clock.</summary>
    protected PoolClock Clock { get; private set; } = PoolClock.System;

    /// <summary>Sends the group and answers its requests. Those without an answer afterwards are sent again.</summary>
    /// <returns>False: the connection is unusable.</returns>
    public abstract Task<bool> SendAsync();

    /// <summary>
    /// Sends a request behind those that are under way, if the connection is such that it can: <see cref="SendAsync"/> then answers
    /// it as well.
    /// </summary>
    /// <returns>False: it is not sent.</returns>
    public virtual bool TryJoinGroup(TRequest request) => false;

    /// <summary>Ends the wait of an abandoned connection, if that is possible from outside.</summary>
    public virtual void Interrupt()
    {
    }

    /// <summary>Closes the connection.</summary>
    public abstract Task CloseAsync();

    /// <summary>Adds the connection to a pool; the server has just answered.</summary>
    internal void Join(ConnectionPool<TRequest> pool, PoolClock clock)
    {
        (Pool, Clock) = (pool, clock);
        HasAnswered();
    }

    /// <summary>Records an answer of the server.</summary>
    protected void HasAnswered() => LastAnswer = Clock.Now;

    /// <summary>One of several requests of the group has been answered, and leaves it before the others are.</summary>
    protected void LeaveGroup(TRequest request) => Pool!.LeaveGroup(this, request);
}
