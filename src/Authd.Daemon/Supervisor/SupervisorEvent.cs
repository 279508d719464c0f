// What can happen to the supervisor. Events are handled one at a time, so its state needs no locks.
using Authd.Interop;

namespace Authd.Daemon.Supervisor;

internal abstract record SupervisorEvent
{
    private SupervisorEvent() { }

    /// <summary>SIGTERM or SIGINT.</summary>
    internal sealed record StopAsked : SupervisorEvent;

    /// <summary>SIGHUP.</summary>
    internal sealed record ReloadAsked : SupervisorEvent;

    /// <summary>A worker accepts clients.</summary>
    internal sealed record WorkerReady(WorkerProcess Worker) : SupervisorEvent;

    /// <summary>A worker's process has ended.</summary>
    internal sealed record WorkerEnded(WorkerProcess Worker, ExitStatus Status) : SupervisorEvent;

    /// <summary>A worker that keeps dying may be started again.</summary>
    internal sealed record ReplacementDue : SupervisorEvent;

    /// <summary>systemd waits for a sign of life.</summary>
    internal sealed record SignOfLifeDue : SupervisorEvent;

    /// <summary>The time for a start, a reload or a stop is over.</summary>
    internal sealed record TimeOver(object Phase) : SupervisorEvent;
}
