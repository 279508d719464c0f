// The supervisor: owns the socket, and hands signals, workers' ends and reminders to its decisions one at a time.
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Authd.Core.Logging;
using Authd.Core.Penalty;
using Authd.Daemon.Configuration;
using Authd.Daemon.Systemd;
using Authd.Interop;

namespace Authd.Daemon.Supervisor;

/// <summary>The supervisor's main program.</summary>
public sealed class SupervisorProgram : ISupervisorHost
{
    private readonly Channel<SupervisorEvent> _events = Channel.CreateUnbounded<SupervisorEvent>();
    private readonly Socket _listener;
    private readonly SharedMemory _penalties = SharedMemory.Create("penalties", PenaltyTable.Words(PenaltyTable.UsualSets));
    private readonly Supervision _supervision;

    /// <summary>A supervisor for a daemon whose lock is held and whose socket is bound.</summary>
    /// <param name="configuration">What to serve.</param>
    /// <param name="listener">The bound socket.</param>
    /// <param name="log">The log.</param>
    /// <param name="manager">Who is told what the daemon does.</param>
    /// <param name="ready">Called once, when all workers accept clients.</param>
    public SupervisorProgram(
        LoadedConfiguration configuration, Socket listener, Log log, ServiceManager manager, Action ready)
    {
        _listener = listener;
        PenaltyTable.Prepare(_penalties.GetSpan());
        _supervision = new Supervision(configuration, this, log, manager, ready);
    }

    /// <summary>Runs until SIGTERM or SIGINT; the exit code of the process: 1 when it never came to serve.</summary>
    public async Task<int> RunAsync()
    {
        using PosixSignalRegistration term = On(PosixSignal.SIGTERM, new SupervisorEvent.StopAsked());
        using PosixSignalRegistration interrupt = On(PosixSignal.SIGINT, new SupervisorEvent.StopAsked());
        using PosixSignalRegistration hup = On(PosixSignal.SIGHUP, new SupervisorEvent.ReloadAsked());
        _supervision.Start();
        while (!_supervision.Ended)
        {
            _supervision.Handle(await _events.Reader.ReadAsync());
        }

        return _supervision.ExitCode;
    }

    IWorker ISupervisorHost.Start(LoadedConfiguration configuration, bool standsBy) =>
        WorkerProcess.Start(_listener, _penalties, configuration, standsBy, _events.Writer);

    void ISupervisorHost.RemindIn(TimeSpan time, SupervisorEvent reminder) =>
        _ = Task.Delay(time).ContinueWith(
            _ => _events.Writer.TryWrite(reminder), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    private PosixSignalRegistration On(PosixSignal signal, SupervisorEvent happened) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            _events.Writer.TryWrite(happened);
        });
}
