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

    /// <summary>It has reported that it has served a client.</summary>
    bool HasServed { get; set; }

    /// <summary>Standing by, it was told to accept all the time.</summary>
    bool HelpsOut { get; set; }

    /// <summary>How often it has been asked for a sign of life since it last gave one.</summary>
    int Unanswered { get; set; }

    /// <summary>It has been killed and may be gone at any moment.</summary>
    bool Killed { get; }

    /// <summary>Tells the worker to accept no more, finish and leave.</summary>
    void Dismiss(ControlMessage message);

    /// <summary>Tells it something that it lives on with.</summary>
    void Tell(ControlMessage message);

    /// <summary>Ends it at once.</summary>
    void Kill();
}
