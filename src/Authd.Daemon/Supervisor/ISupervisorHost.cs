using Authd.Core.Configuration;
using Authd.Daemon.Configuration;

namespace Authd.Daemon.Supervisor;

/// <summary>The workers and the time that the supervisor's decisions depend
/// on. A test replaces it without processes and without waiting.</summary>
public interface ISupervisorHost
{
    /// <summary>Starts a worker; <see cref="SupervisorEvent"/>s report its progress.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="standsBy">It accepts only clients that the others leave.</param>
    /// <exception cref="IOException">The process cannot be started.</exception>
    IWorker Start(LoadedConfiguration configuration, bool standsBy);

    /// <summary>The findings about the files of the listed modules.</summary>
    /// <exception cref="IOException">The files cannot be checked.</exception>
    IReadOnlyList<Finding> CheckModuleFiles(LoadedConfiguration configuration);

    /// <summary>Handles <paramref name="reminder"/> after some time; after
    /// zero, as soon as the present event has been handled.</summary>
    void RemindIn(TimeSpan time, SupervisorEvent reminder);

    /// <summary>Workers with this configuration serve from now on. The
    /// previous workers, if any, have not been told to leave yet.</summary>
    void Serves(LoadedConfiguration configuration);

    /// <summary>The limit because of which the kernel has just killed processes of this service; <c>null</c>: it has not.</summary>
    string? RecentMemoryKill();

    /// <summary>Checks whether clients can still reach the sockets, and makes missing ones again.</summary>
    StateChange LookAtState();
}
