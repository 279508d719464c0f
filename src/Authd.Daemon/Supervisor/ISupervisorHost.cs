// What the supervisor's decisions need of the process around them: workers and time.
using Authd.Daemon.Configuration;

namespace Authd.Daemon.Supervisor;

/// <summary>Starts workers and brings events back; a test stands in for it without processes and without waiting.</summary>
public interface ISupervisorHost
{
    /// <summary>Starts a worker; <see cref="SupervisorEvent"/>s tell what becomes of it.</summary>
    /// <param name="configuration">What it serves.</param>
    /// <param name="standsBy">It accepts only what the others leave.</param>
    /// <exception cref="IOException">The process cannot be started.</exception>
    IWorker Start(LoadedConfiguration configuration, bool standsBy);

    /// <summary>Has <paramref name="reminder"/> handled after some time; with none, after the event that is being
    /// handled.</summary>
    void RemindIn(TimeSpan time, SupervisorEvent reminder);

    /// <summary>Looks whether clients can still reach the socket, and makes what is missing again.</summary>
    StateChange LookAtState();
}
