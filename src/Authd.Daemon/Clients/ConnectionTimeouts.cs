// Ends clients that keep a worker waiting, with one timer for all. Only clients that really wait register here.
using Authd.Core.Logging;

namespace Authd.Daemon.Clients;

/// <summary>A wait with a deadline.</summary>
internal interface IWaiting
{
    /// <summary>The <see cref="Environment.TickCount64"/> at which the wait ends.</summary>
    long Deadline { get; }

    /// <summary>Handles the passed deadline, on the timer's thread.</summary>
    void TimeOut();
}

/// <summary>Checks all waits once a second.</summary>
internal sealed class ConnectionTimeouts : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly HashSet<IWaiting> _waiting = [];
    private readonly Timer _timer;

    private readonly Log _log;

    internal ConnectionTimeouts(Log log)
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

    /// <summary>A copy of the present waits.</summary>
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

    /// <summary>Calls <see cref="IWaiting.TimeOut"/> once, even if the end takes time.</summary>
    private void TimeOut(IWaiting waiting)
    {
        Remove(waiting);
        try
        {
            waiting.TimeOut();
        }
        catch (Exception e)
        {
            // An exception on the timer's thread would end the worker, with all of its clients.
            _log.Err($"internal error while a client is closed: {e}");
        }
    }
}
