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
        TaskCompletionSource<ControlMessage> dismissed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        // The supervisor decides about these; only a plain kill of one worker makes it leave by itself.
        using PosixSignalRegistration term = On(PosixSignal.SIGTERM, () => dismissed.TrySetResult(ControlMessage.Finish));
        using PosixSignalRegistration hup = On(PosixSignal.SIGHUP, static () => { });
        using PosixSignalRegistration interrupt = On(PosixSignal.SIGINT, static () => { });

        using Socket socket = new(new SafeSocketHandle(WorkerRole.ControlDescriptor, ownsHandle: true));
        await using NetworkStream control = new(socket);
        WorkerSettings settings = await WorkerSettings.ReadAsync(control);
        DaemonIni ini = DaemonIni.Parse(settings.IniPath, settings.IniText);
        Limits limits = Limits.From(ini);
        Log log = StderrLog.Create(settings.DebugLogin);
        using BlockingWork blocking = new(limits.Blocking);
        List<IAuthModule> modules = MakeModules(settings, ini, blocking, log);
        RequestHandler handler = new(new ModuleChain(modules, log), settings.DefaultOptions, log);
        using ClientServer server = new(WorkerRole.ListenDescriptor, handler, limits, log);

        server.Start(settings.StandsBy);
        control.WriteByte((byte)'R');
        _ = ReadControlAsync(control, dismissed);
        await ServeUntilAsync(dismissed.Task, server);
        foreach (IAuthModule module in modules)
        {
            await module.DisposeAsync();
        }

        return 0;
    }

    private static List<IAuthModule> MakeModules(
        WorkerSettings settings, DaemonIni ini, BlockingWork blocking, Log log)
    {
        ModuleServices services = new(
            settings.ConfigDirectory, log, blocking, new PasswordChecker(new SystemCrypt(), blocking, log), ini);
        // Names that are no module of ours were reported by the supervisor.
        return [.. settings.ModuleNames.Select(name => ModuleRegistry.Create(name, services)).OfType<IAuthModule>()];
    }

    private static async Task ServeUntilAsync(Task<ControlMessage> dismissed, ClientServer server)
    {
        ControlMessage how = await dismissed;
        Task finished = server.FinishAsync();
        if (how == ControlMessage.Stop)
        {
            server.CloseSilentClients();
        }

        await finished;
    }

    /// <summary>The end of the channel is the end of the supervisor: without it nobody would watch this worker.</summary>
    private static async Task ReadControlAsync(Stream control, TaskCompletionSource<ControlMessage> dismissed)
    {
        byte[] message = new byte[1];
        ControlMessage how = ControlMessage.Finish;
        try
        {
            if (await control.ReadAsync(message) == 1)
            {
                how = (ControlMessage)message[0];
            }
        }
        catch (IOException)
        {
            // Killed before it had read what we wrote: the channel ends in a reset, and that is an end as well.
        }

        dismissed.TrySetResult(how);
    }

    private static PosixSignalRegistration On(PosixSignal signal, Action action) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            action();
        });
}
