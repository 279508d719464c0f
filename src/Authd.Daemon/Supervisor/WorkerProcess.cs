// One worker as the supervisor sees it: a process and the control channel to it.
using System.Net.Sockets;
using System.Threading.Channels;
using Authd.Daemon.Configuration;
using Authd.Interop;

namespace Authd.Daemon.Supervisor;

/// <summary>A worker process. Its end shows as the end of the control channel: no SIGCHLD is needed.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Socket _control;

    private WorkerProcess(int pid, bool standsBy, Socket control, DateTime started)
    {
        Pid = pid;
        StandsBy = standsBy;
        _control = control;
        Started = started;
    }

    internal int Pid { get; }

    /// <summary>It accepts only what the others leave.</summary>
    internal bool StandsBy { get; }

    internal DateTime Started { get; }

    /// <summary>It has reported that it accepts clients.</summary>
    internal bool Ready { get; set; }

    /// <summary>Starts a worker on <paramref name="listener"/>; what becomes of it arrives in <paramref name="events"/>.</summary>
    /// <exception cref="IOException">The process cannot be started.</exception>
    internal static WorkerProcess Start(
        Socket listener, LoadedConfiguration configuration, bool standsBy, ChannelWriter<SupervisorEvent> events)
    {
        (int ours, int theirs) = Descriptors.SocketPair();
        Socket control = new(new SafeSocketHandle(ours, ownsHandle: true));
        try
        {
            ChildProgram program = new(
                "/proc/self/exe",
                [WorkerRole.ProcessName, WorkerRole.Argument],
                [.. WorkerRole.Environment, .. WireEnvironment.With(configuration.Variables)],
                [(int)listener.SafeHandle.DangerousGetHandle(), theirs]);
            WorkerProcess worker = new(ChildProcess.Start(program), standsBy, control, DateTime.UtcNow);
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

    /// <summary>Tells the worker to accept no more, finish and leave.</summary>
    internal void Dismiss(ControlMessage message)
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

    internal void Kill() => ChildProcess.Signal(Pid, 9);

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
