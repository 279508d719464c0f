// The supervisor: owns the socket, and hands signals, workers' ends and reminders to its decisions one at a time.
using System.Diagnostics;
using Authd.Core.Logging;
using Authd.Core.Penalty;
using Authd.Daemon.Configuration;
using Authd.Daemon.Systemd;
using Authd.Interop;

namespace Authd.Daemon.Supervisor;

/// <summary>
/// The supervisor's main program: one thread and one poll(2). Without thread pool, timers and handlers there is nothing
/// that it needs in a bad moment (no more processes, no more memory) and does not get.
/// </summary>
public sealed class SupervisorProgram : ISupervisorHost
{
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan ChangePause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestLook = TimeSpan.FromMilliseconds(100);

    private readonly StateDirectory _state;
    private readonly Log _log;
    private readonly SharedMemory _penalties = SharedMemory.Create("penalties", PenaltyTable.Words(PenaltyTable.UsualSets));
    private readonly Supervision _supervision;
    private readonly Queue<SupervisorEvent> _happened = [];
    private readonly PriorityQueue<SupervisorEvent, long> _reminders = new();
    private readonly List<WorkerProcess> _workers = [];
    private readonly DescriptorWait _wait = new();
    private TimeSpan _look = FirstLook;

    /// <summary>A supervisor for a daemon whose lock is held and whose socket is bound.</summary>
    /// <param name="configuration">What to serve.</param>
    /// <param name="state">The lock and the bound socket.</param>
    /// <param name="log">The log.</param>
    /// <param name="manager">Who is told what the daemon does.</param>
    /// <param name="ready">Called once, when all workers accept clients.</param>
    public SupervisorProgram(
        LoadedConfiguration configuration, StateDirectory state, Log log, ServiceManager manager, Action ready)
    {
        _state = state;
        _log = log;
        PenaltyTable.Prepare(_penalties.GetSpan());
        _supervision = new Supervision(configuration, this, log, manager, ready);
    }

    /// <summary>Runs until SIGTERM or SIGINT; the exit code of the process: 1 when it never came to serve.</summary>
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

        return _supervision.ExitCode;
    }

    IWorker ISupervisorHost.Start(LoadedConfiguration configuration, bool standsBy)
    {
        WorkerProcess worker = WorkerProcess.Start(_state.Listener, _penalties, configuration, standsBy);
        _workers.Add(worker);
        return worker;
    }

    void ISupervisorHost.RemindIn(TimeSpan time, SupervisorEvent reminder) =>
        _reminders.Enqueue(reminder, Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency));

    StateChange ISupervisorHost.LookAtState() => _state.Look(_log);

    /// <summary>Nothing that goes wrong with one event ends the daemon.</summary>
    private void Guarded(Action step)
    {
        try
        {
            step();
        }
        catch (Exception e)
        {
            _log.Crit(ResourceLimit.Behind(e) is { } limit
                ? $"the supervisor could not do something: {e.Message} ({limit}); it goes on"
                : $"internal error in the supervisor, which goes on; please report it: {e}");
            Thread.Sleep(LongestLook); // Should it happen again and again, then not as fast as the machine can.
        }
    }

    private void WaitForEvents(HeldSignals signals)
    {
        _wait.Clear();
        int signal = _wait.Add(signals.Descriptor);
        int change = _wait.Add(_state.Watch.Descriptor);
        WorkerProcess[] talking = [.. _workers.Where(static worker => !worker.IsEnding)];
        int[] places = [.. talking.Select(worker => _wait.Add(worker.Descriptor, worker.HasWaiting))];
        _wait.Wait(WaitLimit(someEnding: talking.Length < _workers.Count));

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
        TakeReminders();
    }

    private int WaitLimit(bool someEnding)
    {
        TimeSpan limit = TimeSpan.MaxValue;
        if (_reminders.TryPeek(out _, out long due))
        {
            limit = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
        }

        // Nothing but asking tells when a process whose channel has ended can be collected.
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

    /// <summary>Not in the midst of an rm -r, which would remove half of what is made again.</summary>
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
