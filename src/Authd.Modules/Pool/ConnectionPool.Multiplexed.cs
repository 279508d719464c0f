// Connections that have many requests under way: which of them gets a request, and what follows their reports.
namespace Authd.Modules.Pool;

/// <content>The part of connections whose requests end one by one.</content>
public sealed partial class ConnectionPool<TRequest>
{
    /// <summary>With so many requests under way on each connection another one helps: a server's threads wait for each other on one.</summary>
    private const int Crowd = 4;

    internal void Answered(MultiplexedConnection<TRequest> connection, TRequest request)
    {
        LeaveGroup(connection, request);
        request.Finish();
        Distribute(connection);
    }

    /// <summary>Somebody else, or the same connection later, sends it.</summary>
    internal void GiveBack(MultiplexedConnection<TRequest> connection, TRequest request)
    {
        lock (_sync)
        {
            connection.Group.Remove(request);
            _queue.AddFirst(request);
        }

        Distribute(connection);
    }

    internal void Leave(MultiplexedConnection<TRequest> connection)
    {
        connection.IsLeaving = true;
        Distribute(connection);
    }

    /// <summary>Sends what waits, by whichever connections have room; opens another one where they have too little.</summary>
    /// <param name="changed">This one has become idle, has room, or leaves.</param>
    internal void Distribute(MultiplexedConnection<TRequest>? changed)
    {
        List<(MultiplexedConnection<TRequest> Connection, TRequest Request)>? given = null;
        bool closes;
        bool connect;
        lock (_sync)
        {
            TimeSpan now = _clock.Now;
            while (_queue.First is { Value: var request } && Roomiest() is { } connection)
            {
                _queue.RemoveFirst();
                _idle.Remove(connection);
                Give(connection, request, now);
                (given ??= []).Add((connection, request));
            }

            closes = changed is { Group.Count: 0 } && Rest(changed);
            connect = _queue.Count > 0 && !_outage.Away && NeedsCompany(now) && StartConnecting(now);
        }

        given?.ForEach(static one => one.Connection.Send(one.Request));
        if (closes)
        {
            _ = EndAsync(changed!);
        }

        if (connect)
        {
            _ = ConnectAsync();
        }
    }

    /// <summary>Nothing is under way on the connection: it becomes idle, or is to be closed.</summary>
    private bool Rest(MultiplexedConnection<TRequest> connection)
    {
        if (!_connections.Contains(connection))
        {
            return false;
        }

        _idle.Remove(connection);
        if (connection.IsLeaving || _closing || IsSurplus(connection))
        {
            connection.IsLeaving = true;
            _connections.Remove(connection);
            CountConnections();
            return true;
        }

        _idle.Add(connection);
        return false;
    }

    /// <summary>The one with the least under way, of those that have room.</summary>
    private MultiplexedConnection<TRequest>? Roomiest()
    {
        MultiplexedConnection<TRequest>? best = null;
        foreach (PooledConnection<TRequest> connection in _connections)
        {
            if (connection is MultiplexedConnection<TRequest> { HasRoom: true } one && (best is null || one.Group.Count < best.Group.Count))
            {
                best = one;
            }
        }

        return best;
    }

    /// <summary>A connection is gone; unless it is alone in that, those there are, which the same cause has probably ended, take no more.</summary>
    internal void Lost(MultiplexedConnection<TRequest> connection, bool isAlone)
    {
        lock (_sync)
        {
            if (!_connections.Contains(connection))
            {
                return;
            }

            if (!isAlone)
            {
                _connections.ForEach(static other => other.IsLeaving = true);
            }
        }

        _ = LoseAsync(connection, isAlone);
    }

    internal void FellSilent(MultiplexedConnection<TRequest> connection, Exception cause)
    {
        List<TRequest> failed;
        List<PooledConnection<TRequest>> gone;
        lock (_sync)
        {
            _connections.Remove(connection);
            gone = [connection, .. TakeIdle()];
            failed = [.. connection.Group, .. BeginOutage(_source.Explain(cause), _clock.Now)];
            connection.Group.Clear();
        }

        failed.ForEach(static request => request.Finish());
        _ = CloseAsync(gone);
    }
}
