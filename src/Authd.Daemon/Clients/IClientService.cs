namespace Authd.Daemon.Clients;

/// <summary>Serves the clients of one listening socket of a worker.</summary>
internal interface IClientService
{
    /// <summary>A connection that is not served yet. It closes the descriptor, unless this method throws.</summary>
    /// <param name="descriptor">The client's socket, non-blocking.</param>
    /// <param name="waitingRoom">The limit on delayed replies.</param>
    IServedClient Open(int descriptor, IWaitingRoom waitingRoom);

    /// <summary>The worker leaves: connections that are kept open end as soon as no request is under way on them.</summary>
    void Finish();

    /// <summary>The daemon stops: clients that have sent no request yet are closed.</summary>
    void CloseSilent();
}

/// <summary>A client that is being served.</summary>
internal interface IServedClient
{
    /// <summary>The client does not count as a connection any more, because its reply is being delayed.</summary>
    bool HasLeftItsPlace { get; }

    /// <summary>Receives what the client has sent by now, for <see cref="ServeAsync"/>; does not wait. A client that waits for a
    /// greeting has sent nothing.</summary>
    void ReceiveArrived()
    {
    }

    /// <summary>Serves the client; the connection is closed afterwards.</summary>
    Task ServeAsync();
}
