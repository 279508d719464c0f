// The supervisor's decisions: it starts workers, replaces dead ones, reloads without losing a request, and stops.
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Daemon.Configuration;
using Authd.Daemon.Systemd;
using Authd.Linux.Processes;

namespace Authd.Daemon.Supervisor;

/// <summary>Handles one event at a time, so that all of its states are visible here.</summary>
public sealed class Supervision
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan YoungDeath = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan HeartbeatPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KilledPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestKilledPause = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The number of unanswered heartbeats in a row after which a worker counts as hung. Heartbeats are counted instead of time,
    /// so that no worker is blamed when the whole machine stood still.
    /// </summary>
    private const int MostUnanswered = 4;

    private readonly ISupervisorHost _host;
    private readonly List<IWorker> _leaving = [];
    private readonly Log _log;
    private readonly ServiceManager _manager;
    private readonly Action _ready;
    private Generation _serving;
    private Generation? _incoming;
    private bool _reloadAgain;
    private bool _reportedReady;
    private bool _stopAsked;
    private bool _stopping;
    private bool _replacementDue;
    private int _youngDeaths;
    private int _killedYoung;

    /// <summary>Nothing runs before <see cref="Start"/>.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="host">Provides workers and reminders.</param>
    /// <param name="log">The log.</param>
    /// <param name="manager">Receives the daemon's state.</param>
    /// <param name="ready">Called once, when all workers accept clients.</param>
    public Supervision(
        LoadedConfiguration configuration, ISupervisorHost host, Log log, ServiceManager manager, Action ready)
    {
        _host = host;
        _log = log;
        _manager = manager;
        _ready = ready;
        _serving = new Generation(configuration, host);
    }

    /// <summary>It has stopped and all workers are gone.</summary>
    public bool Ended => _stopping && _leaving.Count == 0;

    /// <summary>The exit code of the process: 1 when it never served.</summary>
    public int ExitCode => _reportedReady || _stopAsked ? 0 : 1;

    /// <summary>Starts the workers.</summary>
    public void Start()
    {
        // First the steps that must happen even if others fail.
        _host.RemindIn(StartLimit, new SupervisorEvent.PhaseTimedOut(_serving));
        _host.RemindIn(HeartbeatPeriod, new SupervisorEvent.HeartbeatDue());
        RemindOfSignOfLife();
        _ = _host.RecentMemoryKill(); // Earlier kills are not reported.
        StartReport.Write(_serving.Configuration, _log);
        _host.Serves(_serving.Configuration);
        FillServing();
        StartReport.WriteFindings(CheckModuleFiles(_serving.Configuration), _log); // while the workers are starting
    }

    /// <summary>Handles an event.</summary>
    public void Handle(SupervisorEvent happened)
    {
        switch (happened)
        {
            case SupervisorEvent.StopAsked:
                _stopAsked = true;
                Stop();
                break;
            case SupervisorEvent.ReloadAsked when !_stopping:
                Reload();
                break;
            case SupervisorEvent.WorkerReady ready:
                ready.Worker.Ready = true;
                TakeOver();
                ShareLoad();
                break;
            case SupervisorEvent.WorkerServed served:
                served.Worker.HasServed = true;
                break;
            case SupervisorEvent.WorkerAlive alive:
                alive.Worker.Unanswered = 0;
                break;
            case SupervisorEvent.HeartbeatDue:
                Heartbeat();
                break;
            case SupervisorEvent.StateChanged when !_stopping:
                LookAtState();
                break;
            case SupervisorEvent.WorkerEnded ended:
                OnWorkerExited(ended.Worker, ended.Status);
                break;
            case SupervisorEvent.ReplacementDue when !_stopping:
                _replacementDue = false;
                FillServing();
                break;
            case SupervisorEvent.SignOfLifeDue:
                SayAlive();
                break;
            case SupervisorEvent.PhaseTimedOut over when over.Phase == _incoming:
                GiveUpReload($"new workers were not ready within {StartLimit.TotalSeconds} s");
                break;
            case SupervisorEvent.PhaseTimedOut over when over.Phase == _serving && !_reportedReady && !_stopping:
                _log.Crit($"the workers were not ready within {StartLimit.TotalSeconds} s");
                Stop();
                _manager.Failed($"The workers were not ready within {StartLimit.TotalSeconds} s");
                break;
            case SupervisorEvent.PhaseTimedOut over when over.Phase == this:
                _log.Warn($"{_leaving.Count} workers have not finished within {StopLimit.TotalSeconds} s and are killed");
                _leaving.ForEach(static worker => worker.Kill());
                break;
        }
    }

    private void Stop()
    {
        if (_stopping)
        {
            return;
        }

        _log.Info("stopping authdaemond children");
        _manager.Stopping();
        _stopping = true;
        Retire(_serving.Workers, ControlMessage.Stop);
        Retire(_incoming?.Workers ?? [], ControlMessage.Stop);
        _incoming = null;
        _leaving.ForEach(static worker => worker.AskToLeave(ControlMessage.Stop));
        _host.RemindIn(StopLimit, new SupervisorEvent.PhaseTimedOut(this));
    }

    /// <summary>Checks first: with a wrong file nothing changes. The old workers serve until the new ones are ready.</summary>
    private void Reload()
    {
        if (_incoming is not null)
        {
            _reloadAgain = true;
            return;
        }

        _manager.Reloading();
        try
        {
            LoadedConfiguration old = _serving.Configuration;
            LoadedConfiguration configuration = LoadedConfiguration.LoadInPlaceOf(old);
            IReadOnlyList<Finding> findings = CheckModuleFiles(configuration);
            if (findings.Any(static finding => finding.IsError))
            {
                throw new ConfigurationException([.. findings.Where(static finding => finding.IsError).Select(static finding => finding.Text)]);
            }

            _log.Info("restarting authdaemond children");
            StartReport.Write(configuration, _log);
            StartReport.WriteFindings(findings, _log);
            if (configuration.StateDirectory != old.StateDirectory)
            {
                _log.Warn($"authdaemonvar={configuration.StateDirectory} needs stop and start; the socket stays in {old.StateDirectory}");
            }

            _incoming = new Generation(configuration, _host);
            _incoming.Fill();
            _host.RemindIn(StartLimit, new SupervisorEvent.PhaseTimedOut(_incoming));
        }
        catch (ConfigurationException e)
        {
            foreach (string problem in e.Problems.SkipLast(1))
            {
                _log.Err(problem);
            }

            ReloadFailed($"{e.Problems[^1]}; not reloaded, the old configuration stays in use");
        }
        catch (Exception e)
        {
            // After any exception systemd must learn that the reload is over.
            GiveUpReload(e is IOException or OutOfMemoryException ? ResourceLimit.Explain(e) : $"internal error: {e}");
        }
    }

    /// <summary>The daemon serves even if the files cannot be checked.</summary>
    private IReadOnlyList<Finding> CheckModuleFiles(LoadedConfiguration configuration)
    {
        try
        {
            return _host.CheckModuleFiles(configuration);
        }
        catch (IOException e)
        {
            return [ModuleFilesProcess.NotChecked(configuration.Location, e)];
        }
    }

    private void TakeOver()
    {
        if (_stopping)
        {
            return;
        }

        if (_incoming is { AllReady: true } next)
        {
            _host.Serves(next.Configuration);
            Retire(_serving.Workers, ControlMessage.Finish);
            _serving = next;
            _incoming = null;
            SavedAuthdaemonrc.Update(_serving.Configuration, _log);
            Report(Serving());
            ReloadIfAskedAgain();
        }

        if (!_reportedReady && _serving.AllReady)
        {
            _reportedReady = true;
            SavedAuthdaemonrc.Update(_serving.Configuration, _log);
            Report(Serving());
            _ready();
        }
    }

    private void GiveUpReload(string reason)
    {
        ReloadFailed($"reload failed: {reason}; the old configuration stays in use");
        Retire(_incoming?.Workers ?? [], ControlMessage.Stop);
        _incoming = null;
        ReloadIfAskedAgain();
    }

    private void ReloadFailed(string problem)
    {
        _log.Err(problem);
        Report(problem);
    }

    /// <summary>A reload before the daemon was ready does not make it ready.</summary>
    private void Report(string status)
    {
        if (_reportedReady)
        {
            _manager.Ready(status);
        }
    }

    private void ReloadIfAskedAgain()
    {
        if (_reloadAgain)
        {
            _reloadAgain = false;
            _host.RemindIn(TimeSpan.Zero, new SupervisorEvent.ReloadAsked());
        }
    }

    private void OnWorkerExited(IWorker worker, ExitStatus status)
    {
        worker.Dispose();
        if (_leaving.Remove(worker))
        {
            return;
        }

        // A limit may explain an end that the worker could not explain itself.
        string? memoryKill = status.Signal == 9 && !worker.Killed ? _host.RecentMemoryKill() : null;
        string? limit = memoryKill ?? ((!worker.Ready || status.Signal != 0) && !status.WasAskedFor ? ResourceLimit.Tight() : null);
        string end = limit is null ? $"{status}" : $"{status} ({limit})";

        if (_incoming?.Remove(worker) == true)
        {
            GiveUpReload($"a new worker (pid {worker.Pid}) ended: {end}");
            return;
        }

        _serving.Remove(worker);
        _log.Err($"a worker (pid {worker.Pid}) ended: {end}; it is replaced, the other workers continue");
        Replace(worker, status, memoryIsShort: memoryKill is not null);
        ShareLoad();
    }

    /// <summary>
    /// Replaces at once, with two exceptions. Workers that repeatedly crash while they start are started ever more slowly.
    /// Young workers that are killed before they are ready, or because memory is short, are replaced after a pause, since
    /// each start takes memory from those that live.
    /// </summary>
    private void Replace(IWorker worker, ExitStatus status, bool memoryIsShort)
    {
        TimeSpan pause = TimeSpan.Zero;
        if (!worker.HasServed && !status.WasAskedFor && worker.Age < YoungDeath)
        {
            pause = ++_youngDeaths <= 1 ? TimeSpan.Zero : RetryPause.After(_youngDeaths, FirstPause, LongestPause);
        }
        else if ((!worker.Ready || memoryIsShort) && worker.Age < YoungDeath)
        {
            // The first one counts as an accident. Workers killed together cause one pause.
            _killedYoung += _replacementDue ? 0 : 1;
            TimeSpan growing = KilledPause * (_killedYoung - 1);
            pause = growing < LongestKilledPause ? growing : LongestKilledPause;
        }
        else
        {
            _youngDeaths = 0;
        }

        if (pause == TimeSpan.Zero)
        {
            FillServing();
        }
        else
        {
            ReplaceIn(pause);
        }
    }

    private void ReplaceIn(TimeSpan pause)
    {
        if (!_replacementDue)
        {
            _replacementDue = true;
            _host.RemindIn(pause, new SupervisorEvent.ReplacementDue());
        }
    }

    private void FillServing()
    {
        try
        {
            _serving.Fill();
        }
        catch (Exception e) when (e is IOException or OutOfMemoryException)
        {
            _log.Crit($"a worker cannot be started: {ResourceLimit.Explain(e)}; tried again in {LongestPause.TotalSeconds} s");
            ReplaceIn(LongestPause);
        }
    }

    /// <summary>Sends a heartbeat to all workers, and replaces those that have left too many unanswered.</summary>
    private void Heartbeat()
    {
        if (_stopping)
        {
            return; // The stop has a time limit of its own.
        }

        _host.RemindIn(HeartbeatPeriod, new SupervisorEvent.HeartbeatDue());

        foreach (IWorker worker in _serving.Workers.Concat(_leaving).Where(static worker => !worker.Killed).ToArray())
        {
            if (!worker.Ready)
            {
                if (_reportedReady && worker.Age > StartLimit)
                {
                    GiveUp(worker, $"is not ready {StartLimit.TotalSeconds} s after its start");
                }
            }
            else if (worker.Unanswered >= MostUnanswered)
            {
                GiveUp(worker, $"has not answered the supervisor for {MostUnanswered} s (it was stopped, or hangs)");
            }
            else
            {
                worker.Unanswered++;
                worker.Send(ControlMessage.Beat);
            }
        }

        if (_serving.Workers.All(static worker => worker.Ready && worker.Age >= YoungDeath))
        {
            _killedYoung = 0;
        }

        ShareLoad();
        LookAtState();
    }

    /// <summary>Replaces a worker without waiting for its end: not even
    /// SIGKILL ends a process that waits for a dead disk.</summary>
    private void GiveUp(IWorker worker, string reason)
    {
        _log.Err($"a worker (pid {worker.Pid}) {reason}; it is killed and replaced");
        worker.Kill();
        if (_serving.Remove(worker))
        {
            _leaving.Add(worker);
            FillServing();
        }
    }

    /// <summary>While fewer workers than usual accept clients, those that stand by accept them as well.</summary>
    private void ShareLoad()
    {
        int listening = _serving.Workers.Count(static worker => !worker.StandsBy && worker.Ready && worker.Unanswered <= 1);
        bool helpOut = listening < Math.Min(_serving.Listening, _serving.Configuration.Settings.Daemons);
        foreach (IWorker worker in _serving.Workers.Where(worker => worker.StandsBy && worker.Ready && worker.HelpsOut != helpOut))
        {
            worker.HelpsOut = helpOut;
            worker.Send(helpOut ? ControlMessage.HelpOut : ControlMessage.StandBy);
        }
    }

    private void LookAtState()
    {
        switch (_host.LookAtState())
        {
            case StateChange.NewSocket:
                ServeNewSocket();
                break;
            case StateChange.Lost:
                _log.Crit("another daemon has started in the state directory after it had been removed; this one stops");
                Stop();
                break;
        }
    }

    /// <summary>The workers are on a socket that clients can no longer reach: they finish, and new ones replace them.</summary>
    private void ServeNewSocket()
    {
        Retire(_serving.Workers, ControlMessage.Finish);
        _serving = new Generation(_serving.Configuration, _host);
        if (!_reportedReady)
        {
            _host.RemindIn(StartLimit, new SupervisorEvent.PhaseTimedOut(_serving));
        }

        FillServing();
        if (_incoming is not null)
        {
            _reloadAgain = true;
            GiveUpReload("the socket had to be made again");
        }
    }

    private void Retire(IReadOnlyList<IWorker> workers, ControlMessage message)
    {
        foreach (IWorker worker in workers)
        {
            worker.AskToLeave(message);
            _leaving.Add(worker);
        }
    }

    /// <summary>Reports life as long as at least one worker serves:
    /// systemd should restart a supervisor without workers.</summary>
    private void SayAlive()
    {
        RemindOfSignOfLife();
        if (_stopping || _serving.Workers.Any(static worker => worker.Ready))
        {
            _manager.Alive();
        }
    }

    private void RemindOfSignOfLife()
    {
        if (_manager.WatchdogInterval is { } interval)
        {
            _host.RemindIn(interval, new SupervisorEvent.SignOfLifeDue());
        }
    }

    private string Serving() =>
        $"Serving with {_serving.Configuration.Settings.Daemons} workers: "
        + string.Join(' ', _serving.Configuration.Settings.ModuleNames);
}
