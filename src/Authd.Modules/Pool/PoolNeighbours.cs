// The workers of a daemon make room for each other on a server that accepts only a limited number of connections.
using Authd.Core.Logging;

namespace Authd.Modules.Pool;

/// <summary>Pools of other processes on the same server.</summary>
public interface IPoolNeighbours
{
    /// <summary>One of them has asked for room within the last seconds.</summary>
    bool HaveAsked { get; }

    /// <summary>Asks pools with several connections for room, because the
    /// server has none and this pool has no connection at all.</summary>
    void AskForRoom();
}

/// <summary>A pool without others.</summary>
public sealed class NoPoolNeighbours : IPoolNeighbours
{
    /// <inheritdoc/>
    public bool HaveAsked => false;

    /// <inheritdoc/>
    public void AskForRoom()
    {
    }
}

/// <summary>Asks by the time of a file, which the others check now and then. No process needs to listen.</summary>
/// <param name="path">The file, the same for all of them.</param>
/// <param name="log">The log.</param>
public sealed class PoolNeighbours(string path, Log log) : IPoolNeighbours
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public bool HaveAsked => (DateTime.UtcNow - File.GetLastWriteTimeUtc(path)).Duration() < Fresh;

    /// <inheritdoc/>
    public void AskForRoom()
    {
        try
        {
            Touch();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            log.Debug($"cannot ask other workers for room: {failure.Message}");
        }
    }

    private void Touch()
    {
        try
        {
            File.WriteAllBytes(path, []);
        }
        catch (UnauthorizedAccessException)
        {
            File.Delete(path); // Left by workers that ran as root, in our directory.
            File.WriteAllBytes(path, []);
        }

        File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
    }
}
