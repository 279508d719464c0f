using System.Diagnostics;
using System.Net.Sockets;
using Authd.Daemon.Configuration;
using Authd.Linux.Files;
using Authd.Linux.Processes;
using Authd.Linux.Sockets;

namespace Authd.Daemon.Supervisor;

/// <summary>A worker process and the control channel to it. The process's
/// end shows as the end of the channel, so no SIGCHLD is needed.</summary>
internal sealed class WorkerProcess : IWorker
{
    private const int SigKill = 9;

    /// <summary>The time that a process may live after its end of the channel is closed.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    private readonly ControlEnd _control;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly WorkerUser? _user;
    private long _channelEnded;

    private WorkerProcess(
        int pid, bool standsBy, int slot, ControlEnd control, MessageSocket? broker, WorkerUser? user)
    {
        Slot = slot;
        _user = user;
        Pid = pid;
        StandsBy = standsBy;
        _control = control;
        Broker = broker;
    }

    /// <summary>The broker's end of the worker's socket to it, for the present broker and its successors; <c>null</c>: the worker
    /// is root and needs none.</summary>
    internal MessageSocket? Broker { get; }

    public int Pid { get; }

    public bool StandsBy { get; }

    public TimeSpan Age => Stopwatch.GetElapsedTime(_started);

    public bool Ready { get; set; }

    public bool HasServed { get; set; }

    public bool HelpsOut { get; set; }

    public int Unanswered { get; set; }

    public bool Killed { get; private set; }

    /// <summary>Its slot in the shared counters; 0: none.</summary>
    internal int Slot { get; }

    /// <summary>It has been told to leave.</summary>
    internal bool IsDismissed { get; private set; }

    /// <summary>The channel has ended, so the process can be collected soon.</summary>
    internal bool IsEnding => _channelEnded != 0;

    /// <summary>The channel's descriptor.</summary>
    internal int Descriptor => _control.Descriptor;

    /// <summary>Some messages to it wait for room.</summary>
    internal bool HasWaiting => _control.HasWaiting;

    /// <summary>Starts a worker on <paramref name="listener"/>.</summary>
    /// <param name="listener">The daemon's socket.</param>
    /// <param name="services">The further sockets, with their sections.</param>
    /// <param name="penalties">The memory in which all workers count failed logins.</param>
    /// <param name="shared">Resources that it can do without.</param>
    /// <param name="configuration">The configuration.</param>
    /// <param name="standsBy">It accepts only clients that the others leave.</param>
    /// <exception cref="IOException">The process cannot be started.</exception>
    internal static WorkerProcess Start(
        Socket listener,
        IReadOnlyList<(string Section, Socket Socket)> services,
        SharedMemory penalties,
        SharedResources shared,
        LoadedConfiguration configuration,
        bool standsBy)
    {
        shared.Follow(configuration);
        int slot = shared.TakeSlot();
        List<(string Name, int Descriptor)> further =
            [.. shared.Further, .. services.Select(static service => (service.Section, Number(service.Socket)))];
        (int ours, int theirs) = Descriptors.SocketPair();
        ControlEnd control = new(ours);
        MessageSocket? broker = null;
        int toBroker = -1;
        try
        {
            if (configuration.Privileges.User is not null)
            {
                (broker, toBroker) = MessageSocket.Pair();
                further.Add((WorkerRole.BrokerName, toBroker));
            }

            ChildProgram program = new(
                "/proc/self/exe",
                [WorkerRole.ProcessName, WorkerRole.Argument],
                [.. WorkerRole.Environment, .. WireEnvironment.With(configuration.Environment)],
                [Number(listener), theirs, penalties.Descriptor, .. further.Select(static item => item.Descriptor)])
            {
                // A terminal or `pkill` sends these signals to workers, too, but only the supervisor acts on them. A worker
                // listens to SIGTERM alone, as soon as it has something to finish.
                HeldBack = HeldSignals.All,
            };
            WorkerProcess worker = new(
                MemoryShortage.StartBeforeThis(program), standsBy, slot, control, broker, configuration.Privileges.User);
            control.Send(WorkerSettings.From(
                configuration, standsBy, [.. further.Select(static item => item.Name)], slot, shared.CacheWords).ToMessage());
            return worker;
        }
        catch
        {
            control.Dispose();
            shared.FreeSlot(slot);
            broker?.Dispose();
            throw;
        }
        finally
        {
            Descriptors.Close(theirs);
            if (toBroker >= 0)
            {
                Descriptors.Close(toBroker);
            }
        }
    }

    public void AskToLeave(ControlMessage message)
    {
        IsDismissed = true;
        Send(message);
    }

    public void Send(ControlMessage message) => _control.Send(new[] { (byte)message });

    public void Kill()
    {
        Killed = true;
        if (!ChildProcess.Signal(Pid, SigKill) && _user is { } user)
        {
            // Root without CAP_KILL, as in the packaged unit, may not; the worker's own user may.
            OtherUser.Do(user.Uid, user.Gid, user.Groups, () => ChildProcess.Signal(Pid, SigKill));
        }
    }

    public void Dispose()
    {
        _control.Dispose();
        Broker?.Dispose();
    }

    /// <summary>Sends messages that have waited for room.</summary>
    internal void Flush() => _control.Flush();

    /// <summary>The worker's new messages.</summary>
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

    /// <summary>Collects the process after the end of its channel, which
    /// closes a moment earlier; <c>null</c>: not ended yet.</summary>
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

    private static int Number(Socket socket) => (int)socket.SafeHandle.DangerousGetHandle();

    private SupervisorEvent? Meaning(byte said) => (WorkerMessage)said switch
    {
        WorkerMessage.Ready => new SupervisorEvent.WorkerReady(this),
        WorkerMessage.HasServed => new SupervisorEvent.WorkerServed(this),
        WorkerMessage.Alive => new SupervisorEvent.WorkerAlive(this),
        _ => null,
    };
}
