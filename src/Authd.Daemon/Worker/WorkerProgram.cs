// A worker process: it takes its settings from the supervisor, serves
// clients, and leaves when told to or when the supervisor ends.
using System.Net.Sockets;
using Authd.Core;
using Authd.Core.Cache;
using Authd.Core.Chain;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Metrics;
using Authd.Core.Passwords;
using Authd.Core.Penalty;
using Authd.Daemon.Clients;
using Authd.Daemon.Configuration;
using Authd.Daemon.Logging;
using Authd.Daemon.Maps;
using Authd.Daemon.Sasl;
using Authd.Daemon.Supervisor;
using Authd.Linux.Broker;
using Authd.Linux.Crypt;
using Authd.Linux.Events;
using Authd.Linux.Files;
using Authd.Linux.Native;
using Authd.Linux.Processes;
using Authd.Linux.Sockets;
using Authd.Modules;

namespace Authd.Daemon.Worker;

/// <summary>The worker's main program.</summary>
public static class WorkerProgram
{
    private const int Again = 11; // EAGAIN

    /// <summary>Pool, gate, timers, database connections, the event loop and a spare one.</summary>
    private const int ThreadsNeeded = 6;

    private static readonly TimeSpan ThreadLimit = TimeSpan.FromSeconds(5);

    /// <summary>A worker that was stopped while it starts must not keep the others from starting.</summary>
    private static readonly TimeSpan TurnLimit = TimeSpan.FromSeconds(1);

    /// <summary>Runs until dismissed; the exit code of the process.</summary>
    public static async Task<int> RunAsync()
    {
        try
        {
            return await ServeAsync();
        }
        catch (Exception e)
        {
            // Before the settings arrive, no other log exists. The supervisor reports that this worker is replaced.
            _ = StderrLog.Write(new LogLine(LogLevel.Crit, Log.Clean(
                e is EndOfStreamException ? "a worker ends: the supervisor is gone"
                : ResourceLimit.Behind(e) is not null ? $"a worker cannot continue: {ResourceLimit.Explain(e)}"
                : $"a worker ends after an internal error, please report it: {e}")));
            return 1;
        }
    }

    private static async Task<int> ServeAsync()
    {
        ProcessHardening.HideMemory();
        StartThreads();
        using Socket socket = new(new SafeSocketHandle(WorkerRole.ControlDescriptor, ownsHandle: true));
        await using NetworkStream control = new(socket);
        WorkerSettings settings = await WorkerSettings.ReadAsync(control);
        DaemonIni ini = DaemonIni.Parse(settings.IniPath, settings.IniText);
        Limits limits = Limits.From(ini);
        using DaemonLog daemonLog = DaemonLog.Open(settings.DebugLogin, LoggerOptions.Parse(settings.LoggerOptions));
        Log log = daemonLog.Log;
        GiveUpRoot(settings, log);
        WorkerResources shared = WorkerResources.Open(settings);
        using BlockingWork blocking = new(limits.Blocking);
        using BlockingWork hashing = new(limits.Hashing, () => BeNice(limits.HashingNice, log));
        PenaltySettings slowing = PenaltySettings.Read(ini);
        SharedMemory counts = SharedMemory.Inherit(
            WorkerRole.PenaltyDescriptor, PenaltyTable.Words(PenaltyTable.UsualSets));
        LoginPenalty penalty = new(
            slowing, new PenaltyTable(counts.Memory, slowing.ForgetAfter, TimeProvider.System), log, TimeProvider.System);
        SystemCrypt crypt = new();
        PasswordChecker passwords = new(crypt, hashing, log, PasswordPolicy.From(ini, crypt));
        ModuleServices services = new(settings.ConfigDirectory, log, blocking, passwords, ini)
        {
            StateDirectory = settings.StateDirectory,
            RcFiles = settings.RcFiles,
            Counters = shared.CountersOf,
            FileExists = RootFiles.Exists,
        };

        // Names that are not modules were reported by the supervisor.
        List<IAuthModule> modules = shared.Arrange(
            [.. settings.ModuleNames.Select(name => ModuleRegistry.Create(name, services)).OfType<IAuthModule>()],
            CacheSettings.Read(ini),
            log);
        ILoginObserver[] observers =
        [
            .. settings.ModuleNames.Distinct().Select(name => ModuleRegistry.CreateObserver(name, services)).OfType<ILoginObserver>(),
        ];
        ModuleChain chain = new(modules, log, ini.LogsSuccessfulLogins, observers)
        {
            Passwords = passwords,
            Names = LoginNames.Read(ini),
            Networks = new AllowedNetworks(settings.DefaultOptions, log),
        };
        SlowedLogins logins = new(chain, penalty);
        RequestHandler handler = new(
            chain, settings.DefaultOptions, new TemporaryFailureReplies(ini, settings.IniPath, log), logins, log);
        using EventLoop events = EventLoop.OfProcess = new(
            e => log.Crit($"internal error, the worker continues; please report it: {e}"));
        using ConnectionTimeouts watch = new(log);
        RequestService requests = new(events, handler, limits, watch, shared.Own, log);
        List<Listener> listeners = [Listen(WorkerRole.ListenDescriptor, requests, shared.Own)];
        if (settings.DescriptorOf(ServiceSocketSettings.Sasl) is { } saslSocket)
        {
            listeners.Add(Listen(saslSocket, new KeptConnections(OpenSasl()), WorkerCounters.Unread()));
        }

        if (settings.DescriptorOf(ServiceSocketSettings.Maps) is { } mapsSocket)
        {
            listeners.Add(Listen(mapsSocket, new KeptConnections(OpenMaps()), WorkerCounters.Unread()));
        }

        using Listeners server = new(events, listeners);

        Listener Listen(int descriptor, IClientService service, WorkerCounters counters) => new(
            events, descriptor, service, limits, slowing.Waiting, counters, log, () => Send(control, WorkerMessage.HasServed));

        Func<int, KeptConnection> OpenSasl()
        {
            SaslMechanism[] mechanisms =
                [.. SaslSettings.Read(ini).UsableBy(settings.ModuleNames).Select(SaslMechanism.Of)];
            SaslService sasl = new(chain, logins, mechanisms, hashing, limits, slowing.Waiting, log);
            return descriptor => new SaslConnection(descriptor, events, sasl, limits, watch, log);
        }

        Func<int, KeptConnection> OpenMaps()
        {
            AccountMaps maps = new(chain, blocking, MapSettings.Read(ini), TimeSpan.FromSeconds(limits.RequestSeconds), log);
            return descriptor => new MapConnection(descriptor, events, maps, limits, watch, log);
        }

        // The only signal that a worker handles; .NET would start a thread for it, and end the worker if that failed.
        using HeldSignals signals = HeldSignals.Listen();
        server.FinishOn(signals);
        server.Start(settings.StandsBy);
        using SideServices side = SideServices.Start(shared, new ExplainedRequest(settings, services, shared), log);
        IdleMemory memory = new();
        Send(control, WorkerMessage.Ready);
        _ = FollowAsync(control, server, Publish, log);

        void Publish()
        {
            shared.Publish(daemonLog.LinesLost, blocking.Pieces + hashing.Pieces);
            requests.Publish();
            memory.Beat();
        }

        await server.Finished;
        foreach (IAuthModule module in modules)
        {
            await module.DisposeAsync();
        }

        foreach (ILoginObserver observer in observers)
        {
            await observer.DisposeAsync();
        }

        return 0;
    }

    /// <summary>
    /// Called before the first module is made and long before the first
    /// client. From here on the broker does what only root may do.
    /// </summary>
    /// <exception cref="LibcException">Not permitted: a worker that must change its user does not serve as root.</exception>
    private static void GiveUpRoot(WorkerSettings settings, Log log)
    {
        if (settings.User is not { } user || settings.DescriptorOf(WorkerRole.BrokerName) is not { } broker)
        {
            return;
        }

        BrokerClient.Use(new BrokerClient(new MessageSocket(broker), settings.BrokeredPaths));
        ProcessHardening.Become(user.Uid, user.Gid, user.Groups);
        if (ProcessHardening.GiveUpSystemCalls(settings.StartsPrograms) is { } reason)
        {
            log.Debug($"no filter for system calls: {reason}");
        }
    }

    /// <summary>
    /// Has .NET start its own threads (pool, gate, timers) now. Here an error can be caught and reported; later it would end the
    /// worker with all of its clients. Without a thread for the gate .NET even ends the process without an exception, so threads
    /// of our own first show that there is room.
    /// </summary>
    /// <exception cref="OutOfMemoryException">The system has no thread to give.</exception>
    /// <exception cref="LibcException">The pool could not start its threads.</exception>
    private static void StartThreads()
    {
        // Workers start together. Without the lock one would take the room that another has just found.
        using RecordLock? turn = RecordLock.TryTakeInherited(WorkerRole.PenaltyDescriptor, TurnLimit);
        ProbeThreads();
        using ManualResetEventSlim ran = new();
        ThreadPool.UnsafeQueueUserWorkItem(static ran => ran.Set(), ran, preferLocal: false);
        using Timer timer = new(static _ => { }, null, TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan);
        if (!ran.Wait(ThreadLimit))
        {
            throw new LibcException("no thread can be started", Again);
        }
    }

    /// <summary>Starts as many threads at once as a serving worker has; they end again.</summary>
    private static void ProbeThreads()
    {
        using ManualResetEventSlim end = new();
        List<Thread> started = [];
        try
        {
            for (int i = 0; i < ThreadsNeeded; i++)
            {
                Thread thread = new(end.Wait) { IsBackground = true };
                thread.Start();
                started.Add(thread);
            }
        }
        finally
        {
            end.Set();
            started.ForEach(static thread => thread.Join());
        }
    }

    /// <summary>A sandbox may forbid even this harmless call; logins then have the same priority as all other work.</summary>
    private static void BeNice(int by, Log log)
    {
        try
        {
            ThreadNiceness.Raise(by);
        }
        catch (LibcException e)
        {
            log.Warn($"[workers] hashing-nice has no effect: {e.Message}");
        }
    }

    /// <summary>The channel ends with the supervisor, and without a supervisor this worker must end.</summary>
    private static async Task FollowAsync(Stream control, Listeners server, Action publish, Log log)
    {
        byte[] message = new byte[1];
        try
        {
            while (await ReceiveAsync(control, message) == 1)
            {
                Obey((ControlMessage)message[0], control, server, publish);
            }
        }
        catch (Exception e)
        {
            log.Crit($"internal error, the worker leaves; please report it: {e}");
        }

        server.Finish();
    }

    private static void Obey(ControlMessage message, Stream control, Listeners server, Action publish)
    {
        switch (message)
        {
            case ControlMessage.Beat:
                server.Invoke(() =>
                {
                    Send(control, WorkerMessage.Alive);
                    publish();
                });
                break;
            case ControlMessage.HelpOut:
                server.StandBy(false);
                break;
            case ControlMessage.StandBy:
                server.StandBy(true);
                break;
            case ControlMessage.Stop:
                server.Finish();
                server.CloseSilentClients();
                break;
            default:
                server.Finish();
                break;
        }
    }

    private static void Send(Stream control, WorkerMessage message)
    {
        try
        {
            control.WriteByte((byte)message);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The supervisor has ended, or this worker nearly has; the channel ends in both cases.
        }
    }

    private static async Task<int> ReceiveAsync(Stream control, byte[] message)
    {
        try
        {
            return await control.ReadAsync(message);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The reader was killed before it had read our output, so the
            // channel ends in a reset, which is an end like any other.
            return 0;
        }
    }
}
