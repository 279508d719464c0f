// Where replies wait that a failed login has earned.
namespace Authd.Daemon.Worker;

/// <summary>Counts the replies that wait, apart from the connections.</summary>
internal interface IWaitingRoom
{
    /// <summary>Takes a place for a reply, and gives up the client's place among the connections; false: all are taken.</summary>
    bool TryEnter();

    /// <summary>Cancelled when nobody may wait any longer.</summary>
    CancellationToken Closing { get; }
}
