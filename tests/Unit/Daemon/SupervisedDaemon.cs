// A supervisor whose workers and clock belong to the test: it can produce any order of events, without waiting.
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Daemon.Configuration;
using Authd.Daemon.Supervisor;
using Authd.Daemon.Systemd;
using Authd.Linux.Processes;
using Authd.Tests.Support;

namespace Authd.Tests.Unit.Daemon;

/// <summary>The supervisor's decisions, started, on an authdaemonrc of its own.</summary>
internal sealed class SupervisedDaemon : ISupervisorHost, IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly List<(TimeSpan At, SupervisorEvent Event)> _reminders = [];
    private readonly Supervision _supervision;
    private TimeSpan _now;

    /// <param name="daemons">As in authdaemonrc.</param>
    /// <param name="more">Further lines of authdaemonrc.</param>
    /// <param name="ini">authdaemond.ini.</param>
    /// <param name="findings">The result of the check of the modules' files.</param>
    internal SupervisedDaemon(int daemons, string more = "", string ini = "", IEnumerable<Finding>? findings = null)
    {
        ModuleFindings.AddRange(findings ?? []);
        Write($"authmodulelist=authuserdb\ndaemons={daemons}\n{more}");
        File.WriteAllText(_scratch["authdaemond.ini"], ini);
        LoadedConfiguration configuration = LoadedConfiguration.Load(new ConfigLocation(_scratch.Path, _scratch.Path));
        Log log = new((level, text) => LogLines.Add($"{level}: {text}"), 0);
        _supervision = new Supervision(configuration, this, log, new ServiceManager(static _ => null, 1), () => Reports++);
        _supervision.Start();
    }

    /// <summary>All workers that were ever started, oldest first.</summary>
    internal List<FakeWorker> Workers { get; } = [];

    /// <summary>Each as "Level: text".</summary>
    internal List<string> LogLines { get; } = [];

    /// <summary>The number of times that the daemon was reported to be ready.</summary>
    internal int Reports { get; private set; }

    /// <summary>No worker can be started.</summary>
    internal bool Exhausted { get; set; }

    internal bool Ended => _supervision.Ended;

    internal int ExitCode => _supervision.ExitCode;

    /// <summary>The result of the check of the modules' files.</summary>
    internal List<Finding> ModuleFindings { get; } = [];

    public IReadOnlyList<Finding> CheckModuleFiles(LoadedConfiguration configuration) => ModuleFindings;

    public IWorker Start(LoadedConfiguration configuration, bool standsBy)
    {
        if (Exhausted)
        {
            throw new IOException("no more processes");
        }

        FakeWorker worker = new(Workers.Count + 100, configuration, standsBy);
        Workers.Add(worker);
        return worker;
    }

    /// <summary>The result of the next check of the state directory.</summary>
    internal StateChange StateChange { get; set; }

    public StateChange LookAtState()
    {
        StateChange change = StateChange;
        StateChange = StateChange.None;
        return change;
    }

    /// <summary>The limit that the kernel enforces by killing; <c>null</c>: it does not.</summary>
    internal string? MemoryKill { get; set; }

    public string? RecentMemoryKill() => MemoryKill;

    /// <summary>The configurations that were served, in order.</summary>
    internal List<LoadedConfiguration> Served { get; } = [];

    public void Serves(LoadedConfiguration configuration) => Served.Add(configuration);

    public void RemindIn(TimeSpan time, SupervisorEvent reminder) => _reminders.Add((_now + time, reminder));

    /// <summary>Writes authdaemonrc again.</summary>
    internal void Write(string text) => File.WriteAllText(_scratch["authdaemonrc"], text);

    internal void Stop() => _supervision.Handle(new SupervisorEvent.StopAsked());

    internal void Reload() => _supervision.Handle(new SupervisorEvent.ReloadAsked());

    /// <summary>These workers report that they accept clients.</summary>
    internal void AreReady(IEnumerable<FakeWorker> workers) =>
        workers.ToList().ForEach(worker => _supervision.Handle(new SupervisorEvent.WorkerReady(worker)));

    /// <summary>These workers' processes end.</summary>
    /// <param name="workers">The workers.</param>
    /// <param name="status">The status from wait(2), which for a signal is its number.</param>
    internal void End(IEnumerable<FakeWorker> workers, int status = 0) =>
        workers.ToList().ForEach(
            worker => _supervision.Handle(new SupervisorEvent.WorkerEnded(worker, new ExitStatus(status))));

    /// <summary>These workers have served a client.</summary>
    internal void HaveServed(IEnumerable<FakeWorker> workers) =>
        workers.ToList().ForEach(worker => _supervision.Handle(new SupervisorEvent.WorkerServed(worker)));

    /// <summary>Lets time pass; events that become due happen.</summary>
    internal void Pass(double seconds)
    {
        TimeSpan end = _now + TimeSpan.FromSeconds(seconds);
        while (_reminders.OrderBy(static reminder => reminder.At).FirstOrDefault() is { Event: not null } next
            && next.At <= end)
        {
            _reminders.Remove(next);
            _now = next.At;
            _supervision.Handle(next.Event);
        }

        _now = end;
    }

    public void Dispose() => _scratch.Dispose();
}
