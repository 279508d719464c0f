namespace Authd.Daemon.Clients;

/// <summary>Counts the delayed replies to failed logins, which do not count as connections.</summary>
internal interface IWaitingRoom
{
    /// <summary>Counts a delayed reply instead of the client's connection; false: the limit is reached.</summary>
    bool TryEnter();

    /// <summary>Cancelled when all delays must end.</summary>
    CancellationToken Closing { get; }
}
