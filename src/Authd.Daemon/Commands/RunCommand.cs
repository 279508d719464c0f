// Runs the daemon in this process: in the foreground, or as the child that `authdaemond start` leaves behind.
using System.Net.Sockets;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Daemon.Configuration;
using Authd.Daemon.Logging;
using Authd.Daemon.Supervisor;
using Authd.Daemon.Systemd;
using Authd.Interop;

namespace Authd.Daemon.Commands;

/// <summary>The daemon itself. Everything that can be wrong at a start is found before anybody is told that it runs.</summary>
public static class RunCommand
{
    /// <summary>argv[1] of the child that `authdaemond start` leaves behind.</summary>
    public const string BackgroundArgument = "--background";

    /// <summary>The descriptor on which that child reports that it serves.</summary>
    private const int ReportDescriptor = 3;

    /// <summary>
    /// The exit code for a configuration that cannot be used (sysexits' EX_CONFIG): starting again would not help.
    /// </summary>
    public const int BadConfiguration = 78;

    /// <summary>Serves until SIGTERM, logging to stderr.</summary>
    /// <returns>0; 1 or <see cref="BadConfiguration"/>, with a message on stderr, when the daemon cannot start.</returns>
    public static Task<int> ForegroundAsync(ConfigLocation location) =>
        RunAsync(location, static _ => null, static () => { });

    /// <summary>The same, logging to syslog and reporting readiness to the process that ran `authdaemond start`.</summary>
    public static Task<int> BackgroundAsync(ConfigLocation location)
    {
        Directory.SetCurrentDirectory("/");
        return RunAsync(
            location,
            SyslogPump.Start,
            static () =>
            {
                Descriptors.Write(ReportDescriptor, [(byte)'R']);
                Descriptors.Close(ReportDescriptor);
            });
    }

    private static async Task<int> RunAsync(ConfigLocation location, Func<LoggerOptions, SyslogPump?> openLog, Action ready)
    {
        using ServiceManager manager = ServiceManager.OfProcess();
        SyslogPump? pump = null;
        try
        {
            LoadedConfiguration configuration = LoadedConfiguration.Load(location);
            using StateFiles? held = StateFiles.TryTake(configuration.StateDirectory);
            if (held is null)
            {
                return Fail(manager, AlreadyRunning(configuration.StateDirectory));
            }

            using Socket listener = Listen(configuration.SocketPath, manager);
            LoggerOptions options = LoggerOptions.Parse(configuration.Settings.LoggerOptions);
            pump = openLog(options);
            using DaemonLog daemonLog = DaemonLog.Open(configuration.Settings.DebugLogin, options);
            Log log = daemonLog.Log;
            if (options.Problem is { } problem)
            {
                log.Warn(problem);
            }

            return await new SupervisorProgram(configuration, listener, log, manager, ready).RunAsync();
        }
        catch (ConfigurationException e)
        {
            Fail(manager, e.Message);
            return BadConfiguration;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Fail(manager, e.Message);
        }
        finally
        {
            pump?.Dispose();
        }
    }

    /// <summary>The socket that systemd has for us, or one of our own, which systemd then keeps while we restart.</summary>
    private static Socket Listen(string path, ServiceManager manager)
    {
        if (InheritedSocket.Take(path) is { } inherited)
        {
            return inherited;
        }

        Socket created = ListenSocket.Create(path);
        manager.Keep(created);
        return created;
    }

    private static int Fail(ServiceManager manager, string reason)
    {
        DaemonLog.LastWords(reason);
        manager.Failed(reason);
        return 1;
    }

    /// <summary>The message for a second start.</summary>
    internal static string AlreadyRunning(string stateDirectory) =>
        $"authdaemond is already running, pid {StateFiles.RunningPid(stateDirectory)}, in {stateDirectory}";
}
