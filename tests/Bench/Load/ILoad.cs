// Clients that put a daemon under load.
namespace Authd.Bench.Load;

/// <summary>Clients of one kind.</summary>
internal interface ILoad : IDisposable
{
    /// <summary>
    /// Runs <paramref name="clients"/> clients for <paramref name="duration"/> or until <paramref name="limit"/>
    /// requests were started, then waits for the last replies; gives up when for <paramref name="patience"/> nothing
    /// at all has come.
    /// </summary>
    LoadResult Run(int clients, TimeSpan duration, TimeSpan patience, int limit = int.MaxValue);
}
