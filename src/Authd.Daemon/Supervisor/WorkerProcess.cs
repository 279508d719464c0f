// A worker as a process and the control channel to it.
using System.Diagnostics;
using System.Net.Sockets;
using System.Threading.Channels;
using Authd.Daemon.Configuration;
using Authd.Interop;

namespace Authd.Daemon.Supervisor;

/// <summary>A worker process. Its end shows as the end of the control channel: no SIGCHLD is needed.</summary>
internal sealed class WorkerProcess : IWorker
{
    private readonly Socket _control;
    private readonly long _started = Stopwatch.GetTimestamp();

    private WorkerProcess(int pid, bool standsBy, Socket control)
    {
        Pid = pid;
        StandsBy = standsBy;
        _control = control;
    }

    public int Pid { get; }

    public bool StandsBy { get; }

    public TimeSpan Age => Stopwatch.GetElapsedTime(_started);

    public bool Ready { get; set; }

    /// <summary>Starts a worker on <paramref name="listener"/>; what becomes of it arrives in <paramref name="events"/>.</summary>
    /// <param name="listener">The daemon's socket.</param>
    /// <param name="penalties">Where all workers count failed logins.</param>
    /// <param name="configuration">What the worker serves.</param>
    /// <param name="standsBy">It accepts only what the others leave.</param>
    /// <param name="events">Takes what happens.</param>
    /// <exception cref="IOException">The process cannot be started.</exception>
    internal static WorkerProcess Start(
        Socket listener,
        SharedMemory penalties,
        LoadedConfiguration configuration,
        bool standsBy,
        ChannelWriter<SupervisorEvent> events)
    {
        (int ours, int theirs) = Descriptors.SocketPair();
        Socket control = new(new SafeSocketHandle(ours, ownsHandle: true));
        try
        {
            ChildProgram program = new(
                "/proc/self/exe",
                [WorkerRole.ProcessName, WorkerRole.Argument],
                [.. WorkerRole.Environment, .. WireEnvironment.With(configuration.Variables)],
                [(int)listener.SafeHandle.DangerousGetHandle(), theirs, penalties.Descriptor]);
            WorkerProcess worker = new(ChildProcess.Start(program), standsBy, control);
            control.Send(WorkerSettings.From(configuration, standsBy).ToMessage());
            _ = worker.WatchAsync(events);
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

    public void Dismiss(ControlMessage message)
    {
        try
        {
            _control.Send([(byte)message]);
        }
        catch (SocketException)
        {
            // It has ended already; WatchAsync reports that.
        }
    }

    public void Kill() => ChildProcess.Signal(Pid, 9);

    public void Dispose() => _control.Dispose();

    private async Task WatchAsync(ChannelWriter<SupervisorEvent> events)
    {
        byte[] buffer = new byte[1];
        try
        {
            while (await _control.ReceiveAsync(buffer) > 0)
            {
                events.TryWrite(new SupervisorEvent.WorkerReady(this));
            }
        }
        catch (SocketException)
        {
            // A reset is an end like any other.
        }

        // The channel closes a moment before the process can be collected.
        events.TryWrite(new SupervisorEvent.WorkerEnded(this, await ChildProcess.ReapAsync(Pid)));
    }
}
