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
    public static int Foreground(ConfigLocation location) =>
        Run(location, static _ => null, static () => { });

    /// <summary>The same, logging to syslog and reporting readiness to the process that ran `authdaemond start`.</summary>
    public static int Background(ConfigLocation location)
    {
        Directory.SetCurrentDirectory("/");
        return Run(
            location,
            SyslogPump.Start,
            static () =>
            {
                Descriptors.Write(ReportDescriptor, [(byte)'R']);
                Descriptors.Close(ReportDescriptor);
            });
    }

    private static int Run(ConfigLocation location, Func<LoggerOptions, SyslogPump?> openLog, Action ready)
    {
        using ServiceManager manager = ServiceManager.OfProcess();
        SyslogPump? pump = null;
        try
        {
            LoadedConfiguration configuration = LoadedConfiguration.Load(location);
            if (StateFiles.TryTake(configuration.StateDirectory) is not { } held)
            {
                return Fail(manager, AlreadyRunning(configuration.StateDirectory));
            }

            using StateDirectory state = new(
                configuration.SocketPath, held, Listen(configuration.SocketPath, manager), manager);
            LoggerOptions options = LoggerOptions.Parse(configuration.Settings.LoggerOptions);
            pump = openLog(options);
            using DaemonLog daemonLog = DaemonLog.Open(configuration.Settings.DebugLogin, options);
            Log log = daemonLog.Log;
            if (options.Problem is { } problem)
            {
                log.Warn(problem);
            }

            return new SupervisorProgram(configuration, state, log, manager, ready).Run();
        }
        catch (ConfigurationException e)
        {
            Fail(manager, e.Message);
            return BadConfiguration;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Fail(manager, ResourceLimit.Explain(e));
        }
        catch (Exception e) when (ResourceLimit.Behind(e) is not null)
        {
            return Fail(manager, $"cannot start: {ResourceLimit.Explain(e)}");
        }
        catch (Exception e)
        {
            return Fail(manager, $"cannot start: internal error, please report it: {e}");
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
