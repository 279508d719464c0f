// A worker as a process and the control channel to it.
using System.Diagnostics;
using System.Net.Sockets;
using Authd.Daemon.Configuration;
using Authd.Interop;

namespace Authd.Daemon.Supervisor;

/// <summary>A worker process. Its end shows as the end of the control channel: no SIGCHLD is needed.</summary>
internal sealed class WorkerProcess : IWorker
{
    private const int SigKill = 9;

    /// <summary>How long a process may live on after its end of the channel is closed.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    private readonly ControlEnd _control;
    private readonly long _started = Stopwatch.GetTimestamp();
    private long _channelEnded;

    private WorkerProcess(int pid, bool standsBy, ControlEnd control)
    {
        Pid = pid;
        StandsBy = standsBy;
        _control = control;
    }

    public int Pid { get; }

    public bool StandsBy { get; }

    public TimeSpan Age => Stopwatch.GetElapsedTime(_started);

    public bool Ready { get; set; }

    public bool HasServed { get; set; }

    public bool HelpsOut { get; set; }

    public int Unanswered { get; set; }

    public bool Killed { get; private set; }

    /// <summary>The channel has ended: the process can be collected soon.</summary>
    internal bool IsEnding => _channelEnded != 0;

    /// <summary>The channel's descriptor.</summary>
    internal int Descriptor => _control.Descriptor;

    /// <summary>Some of the words to it have not gone out yet.</summary>
    internal bool HasWaiting => _control.HasWaiting;

    /// <summary>Starts a worker on <paramref name="listener"/>.</summary>
    /// <param name="listener">The daemon's socket.</param>
    /// <param name="penalties">Where all workers count failed logins.</param>
    /// <param name="configuration">What the worker serves.</param>
    /// <param name="standsBy">It accepts only what the others leave.</param>
    /// <exception cref="IOException">The process cannot be started.</exception>
    internal static WorkerProcess Start(
        Socket listener, SharedMemory penalties, LoadedConfiguration configuration, bool standsBy)
    {
        byte[] settings = WorkerSettings.From(configuration, standsBy).ToMessage();
        (int ours, int theirs) = Descriptors.SocketPair();
        ControlEnd control = new(ours);
        try
        {
            ChildProgram program = new(
                "/proc/self/exe",
                [WorkerRole.ProcessName, WorkerRole.Argument],
                [.. WorkerRole.Environment, .. WireEnvironment.With(configuration.Variables)],
                [(int)listener.SafeHandle.DangerousGetHandle(), theirs, penalties.Descriptor])
            {
                // The supervisor decides about them, which a terminal or `pkill` sends to workers, too; SIGTERM alone is listened
                // to, as soon as there is something to finish.
                HeldBack = HeldSignals.All,
            };
            WorkerProcess worker = new(ChildProcess.Start(program), standsBy, control);
            control.Send(settings);
            return worker;
        }
        catch
        {
            control.Dispose();
            throw;
        }
        finally
        {
            Descriptors.Close(theirs);
        }
    }

    public void Dismiss(ControlMessage message) => Tell(message);

    public void Tell(ControlMessage message) => _control.Send(new[] { (byte)message });

    public void Kill()
    {
        Killed = true;
        ChildProcess.Signal(Pid, SigKill);
    }

    public void Dispose() => _control.Dispose();

    /// <summary>Sends on what has waited for room.</summary>
    internal void Flush() => _control.Flush();

    /// <summary>The worker's latest words.</summary>
    internal IReadOnlyList<SupervisorEvent> Read()
    {
        byte[] said = new byte[64];
        int count = _control.Receive(said);
        if (count == 0)
        {
            _channelEnded = Stopwatch.GetTimestamp();
        }

        return [.. said.Take(Math.Max(count, 0)).Select(Meaning).OfType<SupervisorEvent>()];
    }

    /// <summary>Collects the process after the end of its channel, which closes a moment earlier; <c>null</c>: not yet.</summary>
    internal ExitStatus? TryCollect()
    {
        if (ChildProcess.Reap(Pid) is { } status)
        {
            return status;
        }

        if (!Killed && Stopwatch.GetElapsedTime(_channelEnded) > EndLimit)
        {
            Kill();
        }

        return null;
    }

    private SupervisorEvent? Meaning(byte said) => (WorkerMessage)said switch
    {
        WorkerMessage.Ready => new SupervisorEvent.WorkerReady(this),
        WorkerMessage.HasServed => new SupervisorEvent.WorkerServed(this),
        WorkerMessage.Alive => new SupervisorEvent.WorkerAlive(this),
        _ => null,
    };
}
