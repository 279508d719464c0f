// The events that the supervisor handles, one at a time, so that its state needs no locks.
using Authd.Linux.Processes;

namespace Authd.Daemon.Supervisor;

/// <summary>An event.</summary>
public abstract record SupervisorEvent
{
    private SupervisorEvent() { }

    /// <summary>SIGTERM or SIGINT.</summary>
    public sealed record StopAsked : SupervisorEvent;

    /// <summary>SIGHUP.</summary>
    public sealed record ReloadAsked : SupervisorEvent;

    /// <summary>A worker accepts clients.</summary>
    /// <param name="Worker">The worker.</param>
    public sealed record WorkerReady(IWorker Worker) : SupervisorEvent;

    /// <summary>A worker has served its first client.</summary>
    /// <param name="Worker">The worker.</param>
    public sealed record WorkerServed(IWorker Worker) : SupervisorEvent;

    /// <summary>A worker has given a sign of life.</summary>
    /// <param name="Worker">The worker.</param>
    public sealed record WorkerAlive(IWorker Worker) : SupervisorEvent;

    /// <summary>The next heartbeat is due.</summary>
    public sealed record HeartbeatDue : SupervisorEvent;

    /// <summary>A file was removed from the state directory, or added to it.</summary>
    public sealed record StateChanged : SupervisorEvent;

    /// <summary>A worker's process has ended.</summary>
    /// <param name="Worker">The worker.</param>
    /// <param name="Status">Its exit status.</param>
    public sealed record WorkerEnded(IWorker Worker, ExitStatus Status) : SupervisorEvent;

    /// <summary>A worker that keeps dying may be started again.</summary>
    public sealed record ReplacementDue : SupervisorEvent;

    /// <summary>systemd waits for a sign of life.</summary>
    public sealed record SignOfLifeDue : SupervisorEvent;

    /// <summary>The time for a start, a reload or a stop is over.</summary>
    /// <param name="Phase">The workers that should be ready by now; the supervision itself for a stop.</param>
    public sealed record PhaseTimedOut(object Phase) : SupervisorEvent;
}
