// How the workers of a daemon make room for each other where a server takes only so many connections.
using Authd.Core.Logging;

namespace Authd.Modules.Lanes;

/// <summary>Pools of other processes on the same server.</summary>
public interface ILaneNeighbours
{
    /// <summary>One of them has asked within the last seconds.</summary>
    bool HaveAsked { get; }

    /// <summary>This pool has no connection at all, because the server has no room: asks those that have several.</summary>
    void AskForRoom();
}

/// <summary>A pool that is alone.</summary>
public sealed class NoLaneNeighbours : ILaneNeighbours
{
    /// <inheritdoc/>
    public bool HaveAsked => false;

    /// <inheritdoc/>
    public void AskForRoom()
    {
    }
}

/// <summary>Asks by a file's time: whoever looks now and then hears it, and nobody has to be there to listen.</summary>
/// <param name="path">The file, the same for all of them.</param>
/// <param name="log">The log.</param>
public sealed class LaneNeighbours(string path, Log log) : ILaneNeighbours
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public bool HaveAsked => (DateTime.UtcNow - File.GetLastWriteTimeUtc(path)).Duration() < Fresh;

    /// <inheritdoc/>
    public void AskForRoom()
    {
        try
        {
            File.WriteAllBytes(path, []);
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            log.Debug($"cannot ask other workers for room: {failure.Message}");
        }
    }
}
