// The supervisor: it owns the socket, and passes signals, workers' ends and reminders to its decisions one at a time.
using System.Diagnostics;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Penalty;
using Authd.Daemon.Configuration;
using Authd.Daemon.Systemd;
using Authd.Linux.Processes;
using Authd.Linux.Sockets;

namespace Authd.Daemon.Supervisor;

/// <summary>
/// The supervisor's main program: one thread and one poll(2). It uses no thread pool, timers or signal handlers, so it depends on
/// nothing that the system may refuse when processes or memory run out.
/// </summary>
public sealed class SupervisorProgram : ISupervisorHost, IDisposable
{
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan ChangePause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestLook = TimeSpan.FromMilliseconds(100);

    private readonly StateDirectory _state;
    private readonly ServiceSockets _services;
    private readonly Log _log;
    private readonly SharedMemory _penalties = SharedMemory.Create("penalties", PenaltyTable.Words(PenaltyTable.UsualSets));
    private readonly SharedResources _shared;
    private readonly RateStatus _status;
    private readonly Supervision _supervision;
    private readonly Queue<SupervisorEvent> _happened = [];
    private readonly PriorityQueue<SupervisorEvent, long> _reminders = new();
    private readonly List<WorkerProcess> _workers = [];
    private readonly DescriptorWait _wait = new();
    private readonly BrokerSet _brokers;
    private TimeSpan _look = FirstLook;

    /// <summary>A supervisor for a daemon whose lock is held and whose socket is bound.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="state">The lock and the bound socket.</param>
    /// <param name="inherited">Sockets that were kept over a restart.</param>
    /// <param name="log">The log.</param>
    /// <param name="manager">Receives the daemon's state.</param>
    /// <param name="ready">Called once, when all workers accept clients.</param>
    public SupervisorProgram(
        LoadedConfiguration configuration,
        StateDirectory state,
        InheritedSockets inherited,
        Log log,
        ServiceManager manager,
        Action ready)
    {
        _state = state;
        _services = new ServiceSockets(manager, inherited, log);
        _log = log;
        PenaltyTable.Prepare(_penalties.GetSpan(), KernelRandom.Words(PenaltyTable.KeyWords));
        _shared = new SharedResources(log);
        _status = new RateStatus(_shared.Counters, manager);
        _brokers = new BrokerSet(log);
        _supervision = new Supervision(configuration, this, log, manager, ready);
    }

    /// <summary>Runs until SIGTERM or SIGINT; returns the exit code of the process, 1 when it never served.</summary>
    public int Run()
    {
        using HeldSignals signals = HeldSignals.Listen();
        Guarded(_supervision.Start);
        while (!_supervision.Ended)
        {
            Guarded(() => WaitForEvents(signals));
            while (!_supervision.Ended && _happened.TryDequeue(out SupervisorEvent? happened))
            {
                Guarded(() => _supervision.Handle(happened));
            }
        }

        _brokers.End();
        return _supervision.ExitCode;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _services.Dispose();
        _shared.Dispose();
    }

    IWorker ISupervisorHost.Start(LoadedConfiguration configuration, bool standsBy)
    {
        WorkerProcess worker = WorkerProcess.Start(
            _state.Listener, _services.For(configuration), _penalties, _shared, configuration, standsBy);
        _workers.Add(worker);
        _brokers.Add(worker, configuration);
        return worker;
    }

    IReadOnlyList<Finding> ISupervisorHost.CheckModuleFiles(LoadedConfiguration configuration) =>
        ModuleFilesProcess.Ask(configuration);

    void ISupervisorHost.RemindIn(TimeSpan time, SupervisorEvent reminder) =>
        _reminders.Enqueue(reminder, Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency));

    string? ISupervisorHost.RecentMemoryKill() => ResourceLimit.RecentMemoryKill();

    void ISupervisorHost.Serves(LoadedConfiguration configuration) => _services.Serve(configuration);

    StateChange ISupervisorHost.LookAtState()
    {
        StateChange change = _state.Look(_log);
        if (change == StateChange.NewSocket)
        {
            _shared.Forget();
        }

        _status.Beat();
        return change == StateChange.None && _services.Look() ? StateChange.NewSocket : change;
    }

    /// <summary>A failure in handling one event does not end the daemon.</summary>
    private void Guarded(Action step)
    {
        try
        {
            step();
        }
        catch (Exception e)
        {
            _log.Crit(ResourceLimit.Behind(e) is { } limit
                ? $"an operation of the supervisor failed: {e.Message} ({limit}); it continues"
                : $"internal error in the supervisor, which continues; please report it: {e}");
            Thread.Sleep(LongestLook); // A repeated failure must not use the whole processor.
        }
    }

    private void WaitForEvents(HeldSignals signals)
    {
        _wait.Clear();
        int signal = _wait.Add(signals.Descriptor);
        int change = _wait.Add(_state.Watch.Descriptor);
        WorkerProcess[] talking = [.. _workers.Where(static worker => !worker.IsEnding)];
        int[] places = [.. talking.Select(worker => _wait.Add(worker.Descriptor, worker.HasWaiting))];
        _brokers.AddTo(_wait);
        _wait.Wait(WaitLimit(someEnding: talking.Length < _workers.Count || _brokers.SomeEnding));

        for (int i = 0; i < talking.Length; i++)
        {
            Serve(talking[i], places[i]);
        }

        if (_wait.HasInput(signal))
        {
            TakeSignals(signals);
        }

        if (_wait.HasInput(change))
        {
            _state.Watch.Clear();
            LookAtStateSoon();
        }

        Collect();
        _brokers.Tend(_workers);
        TakeReminders();
    }

    private int WaitLimit(bool someEnding)
    {
        TimeSpan limit = TimeSpan.MaxValue;
        if (_reminders.TryPeek(out _, out long due))
        {
            limit = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
        }

        // The kernel does not report when a process whose channel has ended can be collected, so this asks.
        if (someEnding)
        {
            limit = _look < limit ? _look : limit;
            _look = _look * 2 < LongestLook ? _look * 2 : LongestLook;
        }
        else
        {
            _look = FirstLook;
        }

        return limit == TimeSpan.MaxValue ? -1 : (int)Math.Clamp(Math.Ceiling(limit.TotalMilliseconds), 0, 60_000);
    }

    private void Serve(WorkerProcess worker, int place)
    {
        if (_wait.HasRoom(place))
        {
            worker.Flush();
        }

        if (_wait.HasInput(place))
        {
            foreach (SupervisorEvent said in worker.Read())
            {
                _happened.Enqueue(said);
            }
        }
    }

    private void TakeSignals(HeldSignals signals)
    {
        while (signals.Next() is not 0 and var number)
        {
            _happened.Enqueue(
                number == HeldSignals.SigHup ? new SupervisorEvent.ReloadAsked() : new SupervisorEvent.StopAsked());
        }
    }

    /// <summary>Waits a moment: in the middle of an rm -r, half of the restored files would be removed again.</summary>
    private void LookAtStateSoon()
    {
        if (!_reminders.UnorderedItems.Any(static item => item.Element is SupervisorEvent.StateChanged))
        {
            ((ISupervisorHost)this).RemindIn(ChangePause, new SupervisorEvent.StateChanged());
        }
    }

    private void Collect()
    {
        foreach (WorkerProcess worker in _workers.Where(static worker => worker.IsEnding).ToArray())
        {
            if (worker.TryCollect() is { } status)
            {
                _workers.Remove(worker);
                _shared.Ended(worker.Slot, worker.IsDismissed);
                _look = FirstLook;
                _happened.Enqueue(new SupervisorEvent.WorkerEnded(worker, status));
            }
        }
    }

    private void TakeReminders()
    {
        long now = Stopwatch.GetTimestamp();
        while (_reminders.TryPeek(out SupervisorEvent? reminder, out long due) && due <= now)
        {
            _ = _reminders.Dequeue();
            _happened.Enqueue(reminder);
        }
    }
}
