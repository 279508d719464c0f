// A worker that is no process: it does what a test says and remembers what it was told.
using Authd.Daemon.Configuration;
using Authd.Daemon.Supervisor;

namespace Authd.Tests.Unit.Daemon;

/// <summary>One worker of <see cref="SupervisedDaemon"/>.</summary>
internal sealed class FakeWorker(int pid, LoadedConfiguration configuration, bool standsBy) : IWorker
{
    public int Pid => pid;

    public bool StandsBy => standsBy;

    public TimeSpan Age { get; set; }

    public bool Ready { get; set; }

    public bool HasServed { get; set; }

    public bool HelpsOut { get; set; }

    public int Unanswered { get; set; }

    /// <summary>What it serves.</summary>
    internal LoadedConfiguration Configuration => configuration;

    /// <summary>The last it was told; <c>null</c>: nothing yet.</summary>
    internal ControlMessage? Told { get; private set; }

    public bool Killed { get; private set; }

    /// <summary>It answers nothing any more.</summary>
    internal bool Hangs { get; set; }

    public void Dismiss(ControlMessage message) => Told = message;

    public void Tell(ControlMessage message)
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
