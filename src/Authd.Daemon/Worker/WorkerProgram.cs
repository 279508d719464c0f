// A worker process: takes its settings from the supervisor, serves clients, leaves when told or when the supervisor is gone.
using System.Net.Sockets;
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Core.Penalty;
using Authd.Daemon.Configuration;
using Authd.Daemon.Logging;
using Authd.Daemon.Supervisor;
using Authd.Interop;
using Authd.Modules;

namespace Authd.Daemon.Worker;

/// <summary>The worker's main program.</summary>
public static class WorkerProgram
{
    private const int Again = 11; // EAGAIN

    /// <summary>Pool, gate, timers, database connections, events and one to spare.</summary>
    private const int ThreadsNeeded = 6;

    private static readonly TimeSpan ThreadLimit = TimeSpan.FromSeconds(5);

    /// <summary>Runs until dismissed; the exit code of the process.</summary>
    public static async Task<int> RunAsync()
    {
        try
        {
            return await ServeAsync();
        }
        catch (Exception e)
        {
            // Before the settings are there, there is no other log. The supervisor says that this worker is replaced.
            _ = StderrLog.Write(new LogLine(LogLevel.Crit, Log.Clean(
                e is EndOfStreamException ? "a worker ends: the supervisor is gone"
                : ResourceLimit.Behind(e) is not null ? $"a worker cannot go on: {ResourceLimit.Explain(e)}"
                : $"a worker ends after an internal error, please report it: {e}")));
            return 1;
        }
    }

    private static async Task<int> ServeAsync()
    {
        StartThreads();
        using Socket socket = new(new SafeSocketHandle(WorkerRole.ControlDescriptor, ownsHandle: true));
        await using NetworkStream control = new(socket);
        WorkerSettings settings = await WorkerSettings.ReadAsync(control);
        DaemonIni ini = DaemonIni.Parse(settings.IniPath, settings.IniText);
        Limits limits = Limits.From(ini);
        using DaemonLog daemonLog = DaemonLog.Open(settings.DebugLogin, LoggerOptions.Parse(settings.LoggerOptions));
        Log log = daemonLog.Log;
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
        };
        // Names that are no module of ours were reported by the supervisor.
        List<IAuthModule> modules =
            [.. settings.ModuleNames.Select(name => ModuleRegistry.Create(name, services)).OfType<IAuthModule>()];
        ILoginObserver[] observers =
        [
            .. settings.ModuleNames.Distinct().Select(name => ModuleRegistry.CreateObserver(name, services)).OfType<ILoginObserver>(),
        ];
        ModuleChain chain = new(modules, log, ini.LogsSuccessfulLogins, observers) { Passwords = passwords };
        RequestHandler handler = new(
            chain, settings.DefaultOptions, new TemporaryFailureReplies(ini, settings.IniPath, log), penalty, log);
        using ClientServer server = new(
            WorkerRole.ListenDescriptor, handler, limits, slowing.Waiting, log, () => Tell(control, WorkerMessage.HasServed));

        // The only one that a worker listens to; .NET would start a thread for it, and end the worker when it gets none.
        using HeldSignals signals = HeldSignals.Listen();
        server.FinishOn(signals);
        server.Start(settings.StandsBy);
        Tell(control, WorkerMessage.Ready);
        _ = FollowAsync(control, server, log);
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
    /// Has .NET start the threads that it needs once (pool, its gate, timers) now: here an error can be caught and said; on
    /// its own threads it would end the worker in the midst of its clients. For want of a gate .NET even ends the process
    /// without asking, so threads of our own show first that there is room.
    /// </summary>
    /// <exception cref="OutOfMemoryException">The system has none to give.</exception>
    /// <exception cref="LibcException">The pool has got none.</exception>
    private static void StartThreads()
    {
        ProbeThreads();
        using ManualResetEventSlim ran = new();
        ThreadPool.UnsafeQueueUserWorkItem(static ran => ran.Set(), ran, preferLocal: false);
        using Timer timer = new(static _ => { }, null, TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan);
        if (!ran.Wait(ThreadLimit))
        {
            throw new LibcException("no thread can be started", Again);
        }
    }

    /// <summary>As many threads at once as a worker has when it begins to serve; they end again.</summary>
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

    /// <summary>A sandbox may forbid what needs no right: then logins have the same share as everything else.</summary>
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

    /// <summary>The end of the channel is the end of the supervisor: without it nobody would watch this worker.</summary>
    private static async Task FollowAsync(Stream control, ClientServer server, Log log)
    {
        byte[] message = new byte[1];
        try
        {
            while (await ReceiveAsync(control, message) == 1)
            {
                Obey((ControlMessage)message[0], control, server);
            }
        }
        catch (Exception e)
        {
            log.Crit($"internal error, the worker leaves; please report it: {e}");
        }

        server.Finish();
    }

    private static void Obey(ControlMessage message, Stream control, ClientServer server)
    {
        switch (message)
        {
            case ControlMessage.Beat:
                server.Invoke(() => Tell(control, WorkerMessage.Alive));
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

    private static void Tell(Stream control, WorkerMessage message)
    {
        try
        {
            control.WriteByte((byte)message);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The supervisor is gone, or this worker nearly: the end of the channel tells both.
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
            // Killed before it had read what we wrote: the channel ends in a reset, and that is an end as well. So is our own.
            return 0;
        }
    }
}
