// The only way for code that blocks to leave the event loop.
namespace Authd.Core;

/// <summary>
/// Runs work that blocks or computes for long (crypt, file access on a sick disk, C libraries) on a limited number of threads of
/// its own, so that slow password hashes never take the threads that lookups need.
/// </summary>
public sealed class BlockingWork : IDisposable
{
    private readonly SemaphoreSlim _places;
    private readonly DedicatedThreads _threads;
    private readonly TaskFactory _factory;
    private int _pieces;

    /// <summary>At most <paramref name="atOnce"/> pieces of work run at the same time; the others wait their turn.</summary>
    /// <param name="atOnce">The largest number of threads; each is started when it is first needed.</param>
    /// <param name="prepareThread">Runs first on each thread, e.g. to lower its priority.</param>
    public BlockingWork(int atOnce, Action? prepareThread = null)
    {
        _places = new SemaphoreSlim(atOnce);
        _threads = new DedicatedThreads(atOnce, prepareThread);
        // The continuation must not run on the thread that did the work.
        _factory = new TaskFactory(
            CancellationToken.None,
            TaskCreationOptions.DenyChildAttach | TaskCreationOptions.RunContinuationsAsynchronously,
            TaskContinuationOptions.None,
            _threads);
    }

    /// <summary>Pieces of work that run or wait for their turn.</summary>
    public int Pieces => Volatile.Read(ref _pieces);

    /// <summary>Runs <paramref name="work"/> off the event loop.</summary>
    /// <exception cref="OperationCanceledException">The deadline passed while waiting for a place.</exception>
    public async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancel)
    {
        Interlocked.Increment(ref _pieces);
        try
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
        finally
        {
            Interlocked.Decrement(ref _pieces);
        }
    }

    /// <summary>Ends the threads when they have finished the work they were given.</summary>
    public void Dispose()
    {
        _threads.Dispose();
        _places.Dispose();
    }
}
