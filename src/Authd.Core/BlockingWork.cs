// The one door through which code that blocks leaves the event loop.
namespace Authd.Core;

/// <summary>
/// Runs what blocks or computes for long (crypt, file access on a sick disk, C libraries) on the thread pool, with a
/// bound, so that slow hashes of many logins never take the threads that lookups need.
/// </summary>
public sealed class BlockingWork : IDisposable
{
    private readonly SemaphoreSlim _places;

    /// <summary>At most <paramref name="atOnce"/> pieces of work run at the same time; the others wait their turn.</summary>
    public BlockingWork(int atOnce) => _places = new SemaphoreSlim(atOnce);

    /// <summary>Runs <paramref name="work"/> off the event loop.</summary>
    /// <exception cref="OperationCanceledException">The deadline passed while waiting for a place.</exception>
    public async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancel)
    {
        await _places.WaitAsync(cancel);
        try
        {
            return await Task.Run(work, CancellationToken.None);
        }
        finally
        {
            _places.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();
}
