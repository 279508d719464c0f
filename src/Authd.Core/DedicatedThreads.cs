using System.Collections.Concurrent;

namespace Authd.Core;

/// <summary>A task scheduler with up to <paramref name="most"/> threads of its own. Unlike the thread pool's, they may block and
/// may have another priority. A thread is started when there is more work than idle threads.</summary>
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

    /// <summary>If the system refuses a new thread, the existing ones do the work in turn.</summary>
    /// <exception cref="OutOfMemoryException">No thread exists yet.</exception>
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

    /// <summary>The next task; <c>null</c> after the end.</summary>
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
