// A worker process: takes its settings from the supervisor, serves clients, leaves when told or when the supervisor is gone.
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Daemon.Configuration;
using Authd.Daemon.Logging;
using Authd.Daemon.Supervisor;
using Authd.Interop;
using Authd.Modules;

namespace Authd.Daemon.Worker;

/// <summary>The worker's main program.</summary>
public static class WorkerProgram
{
    /// <summary>Runs until dismissed; the exit code of the process.</summary>
    public static async Task<int> RunAsync()
    {
        // The supervisor decides about these.
        using PosixSignalRegistration hup = On(PosixSignal.SIGHUP, static () => { });
        using PosixSignalRegistration interrupt = On(PosixSignal.SIGINT, static () => { });

        using Socket socket = new(new SafeSocketHandle(WorkerRole.ControlDescriptor, ownsHandle: true));
        await using NetworkStream control = new(socket);
        WorkerSettings settings = await WorkerSettings.ReadAsync(control);
        DaemonIni ini = DaemonIni.Parse(settings.IniPath, settings.IniText);
        Limits limits = Limits.From(ini);
        using DaemonLog daemonLog = DaemonLog.Open(settings.DebugLogin, LoggerOptions.Parse(settings.LoggerOptions));
        Log log = daemonLog.Log;
        using BlockingWork blocking = new(limits.Blocking);
        using BlockingWork hashing = new(limits.Hashing, () => BeNice(limits.HashingNice, log));
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
        ModuleChain chain = new(modules, log, ini.LogsSuccessfulLogins, observers);
        RequestHandler handler = new(chain, settings.DefaultOptions, log);
        using ClientServer server = new(WorkerRole.ListenDescriptor, handler, limits, log);

        using PosixSignalRegistration term = On(PosixSignal.SIGTERM, server.Finish);
        server.Start(settings.StandsBy);
        control.WriteByte((byte)'R');
        _ = FollowAsync(control, server);
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
    private static async Task FollowAsync(Stream control, ClientServer server)
    {
        byte[] message = new byte[1];
        int received;
        do
        {
            received = await ReceiveAsync(control, message);
            server.Finish();
            if (received == 1 && (ControlMessage)message[0] == ControlMessage.Stop)
            {
                server.CloseSilentClients();
            }
        }
        while (received == 1);
    }

    private static async Task<int> ReceiveAsync(Stream control, byte[] message)
    {
        try
        {
            return await control.ReadAsync(message);
        }
        catch (IOException)
        {
            // Killed before it had read what we wrote: the channel ends in a reset, and that is an end as well.
            return 0;
        }
    }

    private static PosixSignalRegistration On(PosixSignal signal, Action action) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            action();
        });
}
