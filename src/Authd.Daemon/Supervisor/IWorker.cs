// One worker as the supervisor sees it.
namespace Authd.Daemon.Supervisor;

/// <summary>A worker, from its start until its end has been reported.</summary>
public interface IWorker : IDisposable
{
    /// <summary>Its process.</summary>
    int Pid { get; }

    /// <summary>It accepts only what the others leave.</summary>
    bool StandsBy { get; }

    /// <summary>Time since its start.</summary>
    TimeSpan Age { get; }

    /// <summary>It has reported that it accepts clients.</summary>
    bool Ready { get; set; }

    /// <summary>Tells the worker to accept no more, finish and leave.</summary>
    void Dismiss(ControlMessage message);

    /// <summary>Ends it at once.</summary>
    void Kill();
}
