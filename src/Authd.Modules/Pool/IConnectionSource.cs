namespace Authd.Modules.Pool;

/// <summary>The source of a pool's connections, and the meaning of their failures: the servers of one configuration.</summary>
public interface IConnectionSource<TRequest> : IAsyncDisposable
    where TRequest : PendingRequest
{
    /// <summary>The module's name, for log lines.</summary>
    string ModuleName { get; }

    /// <summary>The debug line for a connection that was found lost; <c>null</c>: none.</summary>
    string? LostLine { get; }

    /// <summary>The line at the end of an outage; <c>null</c> when the source writes it itself.</summary>
    string? BackLine { get; }

    /// <summary>The time limit of an attempt that tries every server.</summary>
    TimeSpan AttemptLimit { get; }

    /// <summary>Connects. Throws on any failure; <see cref="Explain"/> knows the exceptions.</summary>
    Task<PooledConnection<TRequest>> OpenAsync(CancellationToken cancel);

    /// <summary>The meaning of a failure to connect.</summary>
    ConnectFailure Explain(Exception failure);
}

/// <summary>The reason why a connection failed.</summary>
/// <param name="Text">One line; wire text.</param>
/// <param name="Lines">The ERR lines at the beginning of an outage; empty when the source has written them.</param>
/// <param name="ServerAnswered">The server itself refused, so it is running.</param>
/// <param name="IsRefusal">The refusal is permanent: wrong password, unknown database.</param>
/// <param name="IsStartingUp">The server is starting, so waiting helps.</param>
/// <param name="Server">The refusing server, if the text does not name it.</param>
public sealed record ConnectFailure(
    string Text, IReadOnlyList<string> Lines, bool ServerAnswered = false, bool IsRefusal = false, bool IsStartingUp = false,
    string? Server = null)
{
    /// <summary>The server would accept us, but not one connection more: it is at its limit, or at that of the user.</summary>
    public bool ServerIsFull => ServerAnswered && !IsRefusal && !IsStartingUp;
}
