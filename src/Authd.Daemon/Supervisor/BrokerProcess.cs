// The supervisor's brokers: one for each configuration whose workers are not root.
using System.Diagnostics;
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Daemon.Broker;
using Authd.Daemon.Configuration;
using Authd.Linux.Files;
using Authd.Linux.Processes;
using Authd.Linux.Sockets;
using Authd.Modules.SystemAccounts;
using Authd.Modules.SystemAccounts.Pam;

namespace Authd.Daemon.Supervisor;

/// <summary>A broker process.</summary>
internal sealed class BrokerProcess : IDisposable
{
    private const int SigKill = 9;

    /// <summary>Each module of system users in a worker has a pool of PAM
    /// processes, and some of each pool may be about to end.</summary>
    private const int PamPools = 6;

    private readonly MessageSocket _control;

    private BrokerProcess(int pid, MessageSocket control)
    {
        Pid = pid;
        _control = control;
    }

    internal int Pid { get; }

    internal long Started { get; } = Stopwatch.GetTimestamp();

    internal int Unanswered { get; private set; }

    internal int Descriptor => _control.Descriptor;

    /// <summary>The channel has ended, so the process can be collected soon.</summary>
    internal bool IsEnding { get; private set; }

    /// <summary>Starts a broker.</summary>
    /// <exception cref="IOException">The process cannot be started.</exception>
    internal static BrokerProcess Start(LoadedConfiguration configuration)
    {
        byte[] settings = Settings(configuration).ToMessage();
        (MessageSocket control, int theirs) = MessageSocket.Pair();
        try
        {
            BrokerProcess broker = new(
                MemoryShortage.StartBeforeThis(new ChildProgram(
                    "/proc/self/exe",
                    [WorkerRole.ProcessName, BrokerRole.Argument],
                    WireEnvironment.With(configuration.Environment),
                    [theirs])
                {
                    HeldBack = HeldSignals.All,
                }),
                control);
            _ = control.Send(settings);
            return broker;
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

    private static BrokerSettings Settings(LoadedConfiguration configuration)
    {
        WorkerNeeds needs = configuration.Privileges.Needs;
        DaemonIni ini = DaemonIni.Parse(configuration.Location.IniPath, configuration.IniText);
        return new BrokerSettings
        {
            DebugLogin = configuration.Settings.DebugLogin,
            LoggerOptions = configuration.Settings.LoggerOptions,
            Paths = needs.Brokered,
            UserdbText = needs.ChangesUserdb ? Path.Combine(configuration.Location.Directory, "userdb") : "",
            TellsShadow = needs.AsksForSystemUsers,
            PamProcesses = needs.AsksForSystemUsers ? PamPools * PamSettings.Read(ini).Processes : 0,
            Helper = SystemPasswordChange.ReadHelper(ini) ?? "",
        };
    }

    /// <summary>Adds a worker to serve.</summary>
    internal void Add(WorkerProcess worker)
    {
        byte[] message = [BrokerRole.NewWorker, .. BitConverter.GetBytes(worker.Pid)];
        if (worker.Broker is { Descriptor: >= 0 } socket && _control.Send(message, socket.Descriptor) != 0)
        {
            Kill(); // It hangs or has ended: the next broker gets all workers.
        }
    }

    /// <summary>Reads its signs of life, or its end.</summary>
    internal void Read()
    {
        Span<byte> message = stackalloc byte[1];
        switch (_control.Receive(message, out _, out _))
        {
            case Reception.Message:
                Unanswered = 0;
                break;
            case Reception.End:
                IsEnding = true;
                break;
        }
    }

    /// <summary>Asks for a sign of life.</summary>
    internal void Beat()
    {
        Unanswered++;
        _ = _control.Send([BrokerRole.Beat]);
    }

    internal void Kill() => ChildProcess.Signal(Pid, SigKill);

    public void Dispose() => _control.Dispose();
}

/// <summary>
/// Starts a broker with the first worker of a configuration, replaces one that ends or hangs, and ends it after the last worker.
/// Questions that a dead broker has not read wait in the workers' sockets for its successor.
/// </summary>
internal sealed class BrokerSet(Log log)
{
    private static readonly TimeSpan BeatPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan YoungDeath = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(2);
    private const int MostUnanswered = 4;

    private readonly Dictionary<LoadedConfiguration, Place> _places = [];
    private readonly List<(BrokerProcess Process, int Position)> _waitedFor = [];
    private readonly List<BrokerProcess> _leaving = [];
    private DescriptorWait? _wait;
    private LoadedConfiguration? _latest;
    private long _beaten = Stopwatch.GetTimestamp();

    /// <summary>The broker of a configuration, and its workers.</summary>
    private sealed class Place
    {
        internal List<WorkerProcess> Workers { get; } = [];

        internal BrokerProcess? Process { get; set; }

        internal long NotBefore { get; set; }

        internal int YoungDeaths { get; set; }
    }

    /// <summary>A process will end soon, or must be started, so the supervisor has to check again.</summary>
    internal bool SomeEnding =>
        _leaving.Count > 0 || _places.Values.Any(static place => place.Process is null or { IsEnding: true });

    /// <summary>Registers a new worker; one that is root needs no broker.</summary>
    internal void Add(WorkerProcess worker, LoadedConfiguration configuration)
    {
        _latest = configuration;
        if (worker.Broker is null)
        {
            return;
        }

        if (!_places.TryGetValue(configuration, out Place? place))
        {
            _places.Add(configuration, place = new Place());
        }

        place.Workers.Add(worker);
        if (place.Process is { IsEnding: false } broker)
        {
            broker.Add(worker);
        }
        else if (place.Process is null)
        {
            Start(place, configuration);
        }
    }

    /// <summary>Lets a broker's message or end wake a wait.</summary>
    internal void AddTo(DescriptorWait wait)
    {
        _wait = wait;
        _waitedFor.Clear();
        foreach (Place place in _places.Values)
        {
            if (place.Process is { IsEnding: false } broker)
            {
                _waitedFor.Add((broker, wait.Add(broker.Descriptor)));
            }
        }
    }

    /// <summary>Does the work that is due after a wait.</summary>
    /// <param name="workers">The workers that have not been collected.</param>
    internal void Tend(IReadOnlyCollection<WorkerProcess> workers)
    {
        foreach ((BrokerProcess broker, int position) in _waitedFor)
        {
            if (_wait!.HasInput(position))
            {
                broker.Read();
            }
        }

        _waitedFor.Clear();
        foreach ((LoadedConfiguration configuration, Place place) in _places.ToArray())
        {
            place.Workers.RemoveAll(worker => !workers.Contains(worker));
            Tend(configuration, place);
        }

        _leaving.RemoveAll(static broker => ChildProcess.Reap(broker.Pid) is not null);
        Beat();
    }

    /// <summary>Waits for the brokers' end after the last worker. They end
    /// by themselves; waiting keeps the log open until then.</summary>
    internal void End()
    {
        _leaving.AddRange(_places.Values.Select(static place => place.Process).OfType<BrokerProcess>());
        _leaving.ForEach(static broker => broker.Dispose());
        _places.Clear();
        long start = Stopwatch.GetTimestamp();
        while (_leaving.RemoveAll(static broker => ChildProcess.Reap(broker.Pid) is not null) >= 0 && _leaving.Count > 0
            && Stopwatch.GetElapsedTime(start) < EndLimit)
        {
            Thread.Sleep(2);
        }

        _leaving.ForEach(static broker => broker.Kill());
    }

    private void Tend(LoadedConfiguration configuration, Place place)
    {
        if (place.Process is { IsEnding: true } ended && ChildProcess.Reap(ended.Pid) is { } status)
        {
            ended.Dispose();
            place.Process = null;
            place.YoungDeaths = Stopwatch.GetElapsedTime(ended.Started) < YoungDeath ? place.YoungDeaths + 1 : 0;
            place.NotBefore = Stopwatch.GetTimestamp() + (place.YoungDeaths == 0 ? 0
                : (long)(RetryPause.After(place.YoungDeaths, FirstPause, LongestPause).TotalSeconds * Stopwatch.Frequency));
            string limit = status.Signal == 9 && ResourceLimit.RecentMemoryKill() is { } memory ? $" ({memory})" : "";
            log.Err($"the broker (pid {ended.Pid}) ended: {status}{limit}; it is replaced, and what workers have asked meanwhile is answered then");
        }

        if (place.Workers.Count == 0 && configuration != _latest)
        {
            // A broker ends by itself when both the supervisor and its workers have ended.
            place.Process?.Dispose();
            _leaving.AddRange(place.Process is { } process ? [process] : []);
            _places.Remove(configuration);
        }
        else if (place.Process is null && place.Workers.Count > 0 && Stopwatch.GetTimestamp() >= place.NotBefore)
        {
            Start(place, configuration);
        }
    }

    private void Start(Place place, LoadedConfiguration configuration)
    {
        try
        {
            place.Process = BrokerProcess.Start(configuration);
            place.Workers.ForEach(place.Process.Add);
        }
        catch (IOException e)
        {
            place.NotBefore = Stopwatch.GetTimestamp() + (long)(LongestPause.TotalSeconds * Stopwatch.Frequency);
            log.Crit($"the broker cannot be started: {ResourceLimit.Explain(e)}; tried again in {LongestPause.TotalSeconds} s; "
                + "until then PAM, shadow and files that only root can read are out of the workers' reach");
        }
    }

    private void Beat()
    {
        if (Stopwatch.GetElapsedTime(_beaten) < BeatPeriod)
        {
            return;
        }

        _beaten = Stopwatch.GetTimestamp();
        foreach (BrokerProcess broker in _places.Values.Select(static place => place.Process).OfType<BrokerProcess>())
        {
            if (broker.Unanswered == MostUnanswered)
            {
                log.Err($"the broker (pid {broker.Pid}) has not answered the supervisor for {MostUnanswered} s (it was stopped, or hangs); "
                    + "it is killed and replaced");
                broker.Kill();
            }

            broker.Beat();
        }
    }
}
