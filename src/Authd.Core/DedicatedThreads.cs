// A task scheduler with a few threads of its own: unlike the thread pool's, they may block and may have another priority.
using System.Collections.Concurrent;

namespace Authd.Core;

/// <summary>Starts up to <paramref name="most"/> threads, one at a time while there is more work than idle threads.</summary>
internal sealed class DedicatedThreads(int most, Action? prepareThread) : TaskScheduler, IDisposable
{
    private readonly BlockingCollection<Task> _queue = [];
    private readonly Lock _sync = new();
    private int _threads;
    private int _idle;

    /// <inheritdoc/>
    public override int MaximumConcurrencyLevel => most;

    /// <inheritdoc/>
    public void Dispose() => _queue.CompleteAdding();

    /// <inheritdoc/>
    protected override void QueueTask(Task task)
    {
        _queue.Add(task);
        lock (_sync)
        {
            if (_idle < _queue.Count && _threads < most)
            {
                StartThread();
            }
        }
    }

    /// <summary>When the system has no thread to give, those that are there do the work, one after the other.</summary>
    /// <exception cref="OutOfMemoryException">There is none at all.</exception>
    private void StartThread()
    {
        try
        {
            _threads++;
            new Thread(Work) { Name = "blocking", IsBackground = true }.Start();
        }
        catch (OutOfMemoryException)
        {
            if (--_threads == 0)
            {
                throw;
            }
        }
    }

    /// <inheritdoc/>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    /// <inheritdoc/>
    protected override IEnumerable<Task> GetScheduledTasks() => [.. _queue];

    private void Work()
    {
        prepareThread?.Invoke();
        while (Next() is { } task)
        {
            TryExecuteTask(task);
        }
    }

    /// <summary>The next task; <c>null</c> when there will be none.</summary>
    private Task? Next()
    {
        Interlocked.Increment(ref _idle);
        try
        {
            return _queue.TryTake(out Task? task, Timeout.Infinite) ? task : null;
        }
        finally
        {
            Interlocked.Decrement(ref _idle);
        }
    }
}
