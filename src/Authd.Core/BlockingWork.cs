// The one door through which code that blocks leaves the event loop.
namespace Authd.Core;

/// <summary>
/// Runs what blocks or computes for long (crypt, file access on a sick disk, C libraries) on threads of its own, with a
/// bound, so that slow hashes of many logins never take the threads that lookups need.
/// </summary>
public sealed class BlockingWork : IDisposable
{
    private readonly SemaphoreSlim _places;
    private readonly DedicatedThreads _threads;
    private readonly TaskFactory _factory;

    /// <summary>At most <paramref name="atOnce"/> pieces of work run at the same time; the others wait their turn.</summary>
    /// <param name="atOnce">How many threads there are at most; each is started when it is first needed.</param>
    /// <param name="prepareThread">Runs first on each thread, e.g. to lower its priority.</param>
    public BlockingWork(int atOnce, Action? prepareThread = null)
    {
        _places = new SemaphoreSlim(atOnce);
        _threads = new DedicatedThreads(atOnce, prepareThread);
        // What follows the work must not run on the thread of the work.
        _factory = new TaskFactory(
            CancellationToken.None,
            TaskCreationOptions.DenyChildAttach | TaskCreationOptions.RunContinuationsAsynchronously,
            TaskContinuationOptions.None,
            _threads);
    }

    /// <summary>Runs <paramref name="work"/> off the event loop.</summary>
    /// <exception cref="OperationCanceledException">The deadline passed while waiting for a place.</exception>
    public async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancel)
    {
        await _places.WaitAsync(cancel);
        try
        {
            return await _factory.StartNew(work);
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>Ends the threads as soon as what was given to them is done.</summary>
    public void Dispose()
    {
        _threads.Dispose();
        _places.Dispose();
    }
}
