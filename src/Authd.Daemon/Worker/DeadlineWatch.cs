// Ends clients that keep a worker waiting: one timer for all, touched only by clients that really wait.
using Authd.Core.Logging;

namespace Authd.Daemon.Worker;

/// <summary>Something that waits, and until when.</summary>
internal interface IWaiting
{
    /// <summary><see cref="Environment.TickCount64"/> after which waiting is over.</summary>
    long Deadline { get; }

    /// <summary>The deadline has passed; runs on the timer's thread.</summary>
    void TimeOut();
}

/// <summary>Looks once a second at everybody who waits.</summary>
internal sealed class DeadlineWatch : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly HashSet<IWaiting> _waiting = [];
    private readonly Timer _timer;

    private readonly Log _log;

    internal DeadlineWatch(Log log)
    {
        _log = log;
        _timer = new Timer(_ => Sweep(), null, Period, Period);
    }

    internal void Add(IWaiting waiting)
    {
        lock (_waiting)
        {
            _waiting.Add(waiting);
        }
    }

    internal void Remove(IWaiting waiting)
    {
        lock (_waiting)
        {
            _waiting.Remove(waiting);
        }
    }

    /// <summary>A copy of all who wait at this moment.</summary>
    internal IReadOnlyList<IWaiting> Snapshot()
    {
        lock (_waiting)
        {
            return [.. _waiting];
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Sweep()
    {
        long now = Environment.TickCount64;
        foreach (IWaiting waiting in Snapshot())
        {
            if (waiting.Deadline <= now)
            {
                TimeOut(waiting);
            }
        }
    }

    /// <summary>Once: one that takes its time to end is not told again.</summary>
    private void TimeOut(IWaiting waiting)
    {
        Remove(waiting);
        try
        {
            waiting.TimeOut();
        }
        catch (Exception e)
        {
            // On the timer's thread an exception would end the worker, with all of its clients.
            _log.Err($"internal error while a client is closed: {e}");
        }
    }
}
