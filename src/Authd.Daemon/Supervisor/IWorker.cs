namespace Authd.Daemon.Supervisor;

/// <summary>A worker as the supervisor sees it, from its start until its end has been reported.</summary>
public interface IWorker : IDisposable
{
    /// <summary>Its process.</summary>
    int Pid { get; }

    /// <summary>It accepts only clients that the others leave.</summary>
    bool StandsBy { get; }

    /// <summary>Time since its start.</summary>
    TimeSpan Age { get; }

    /// <summary>It has reported that it accepts clients.</summary>
    bool Ready { get; set; }

    /// <summary>It has reported that it has served a client.</summary>
    bool HasServed { get; set; }

    /// <summary>Although standing by, it was told to accept all the time.</summary>
    bool HelpsOut { get; set; }

    /// <summary>The number of heartbeats since its last sign of life.</summary>
    int Unanswered { get; set; }

    /// <summary>It has been killed and may end at any moment.</summary>
    bool Killed { get; }

    /// <summary>Tells the worker to accept no more, finish and leave.</summary>
    void AskToLeave(ControlMessage message);

    /// <summary>Sends a message after which it continues.</summary>
    void Send(ControlMessage message);

    /// <summary>Ends it at once.</summary>
    void Kill();
}
