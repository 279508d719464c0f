// A connection that has many requests under way, each of which ends by itself.
namespace Authd.Modules.Pool;

/// <summary>
/// A connection to a server that answers requests in any order. The pool adds requests while others are under way, as long as
/// there is room. The connection reports each end; what it does between that is its own.
/// </summary>
/// <param name="mostAtOnce">Requests that may be under way at once.</param>
public abstract class MultiplexedConnection<TRequest>(int mostAtOnce) : PooledConnection<TRequest>
    where TRequest : PendingRequest
{
    /// <summary>Requests that may be under way at once.</summary>
    public int MostAtOnce => mostAtOnce;

    /// <summary>It takes no request now: a part of the last one is still to be written.</summary>
    public bool IsFull { get; protected set; }

    /// <summary>It can take a request.</summary>
    public bool HasRoom => !IsLeaving && !IsFull && Group.Count < mostAtOnce;

    /// <summary>The pool knows it and takes its reports.</summary>
    protected bool IsJoined => Pool is not null;

    /// <summary>Sends a request of the group. Any thread may call it; a connection that is lost by then ignores the request.</summary>
    public abstract void Send(TRequest request);

    /// <summary>Called every few milliseconds while requests are under way, on any thread: ends what has taken too long.</summary>
    public abstract void LookAfter();

    /// <summary>Never called: requests go one by one.</summary>
    public sealed override Task<bool> SendAsync() => throw new NotSupportedException();

    /// <summary>A request has its answer, which this hands over.</summary>
    protected void Answered(TRequest request) => Pool!.Answered(this, request);

    /// <summary>A request could not be sent: it is the next one that is.</summary>
    protected void GiveBack(TRequest request) => Pool!.GiveBack(this, request);

    /// <summary>There is room again.</summary>
    protected void HasRoomAgain() => Pool!.Distribute(this);

    /// <summary>Takes no further request, and is closed when the last one is answered.</summary>
    protected void Leave() => Pool!.Leave(this);

    /// <summary>The connection is gone.</summary>
    /// <param name="isAlone">Others to the same server have shown that they are not.</param>
    protected void Lost(bool isAlone = false) => Pool!.Lost(this, isAlone);

    /// <summary>The server answers nobody, and there is no other one.</summary>
    protected void FellSilent(Exception cause) => Pool!.FellSilent(this, cause);

    /// <summary>A mistake in the connection's code.</summary>
    protected void Break(Exception bug)
    {
        Pool!.Report(this, bug);
        Lost();
    }
}
