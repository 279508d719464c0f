using Authd.Daemon.Configuration;
using Authd.Daemon.Supervisor;

namespace Authd.Tests.Unit.Daemon;

/// <summary>A worker of <see cref="SupervisedDaemon"/> without a
/// process: it acts as a test says and remembers its messages.</summary>
internal sealed class FakeWorker(int pid, LoadedConfiguration configuration, bool standsBy) : IWorker
{
    public int Pid => pid;

    public bool StandsBy => standsBy;

    public TimeSpan Age { get; set; }

    public bool Ready { get; set; }

    public bool HasServed { get; set; }

    public bool HelpsOut { get; set; }

    public int Unanswered { get; set; }

    /// <summary>Its configuration.</summary>
    internal LoadedConfiguration Configuration => configuration;

    /// <summary>The last message to it; <c>null</c>: none yet.</summary>
    internal ControlMessage? Told { get; private set; }

    public bool Killed { get; private set; }

    /// <summary>It does not answer any more.</summary>
    internal bool Hangs { get; set; }

    public void AskToLeave(ControlMessage message) => Told = message;

    public void Send(ControlMessage message)
    {
        if (message == ControlMessage.Beat && !Hangs)
        {
            Unanswered = 0;
        }
    }

    public void Kill() => Killed = true;

    public void Dispose()
    {
    }
}
