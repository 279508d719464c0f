// Ends clients that keep a worker waiting: one timer for all, touched only by clients that really wait.
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

    internal DeadlineWatch() => _timer = new Timer(_ => Sweep(), null, Period, Period);

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
                waiting.TimeOut();
            }
        }
    }
}
