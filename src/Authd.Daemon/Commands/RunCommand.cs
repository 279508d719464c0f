// Runs the daemon in this process: in the foreground, or as the child of `authdaemond start`.
using System.Net.Sockets;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Daemon.Configuration;
using Authd.Daemon.Logging;
using Authd.Daemon.Supervisor;
using Authd.Daemon.Systemd;
using Authd.Linux.Files;
using Authd.Linux.Processes;

namespace Authd.Daemon.Commands;

/// <summary>The daemon itself. Every failure of a start is found before readiness is reported.</summary>
public static class RunCommand
{
    /// <summary>argv[1] of the child of `authdaemond start`.</summary>
    public const string BackgroundArgument = "--background";

    /// <summary>The descriptor on which that child reports that it serves.</summary>
    private const int ReportDescriptor = 3;

    /// <summary>
    /// The exit code for a wrong configuration (sysexits' EX_CONFIG), with which another start would not help.
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
            if (DaemonPidFile.TryTake(configuration.StateDirectory) is not { } held)
            {
                return Fail(manager, AlreadyRunning(configuration.StateDirectory));
            }

            using InheritedSockets inherited = new();
            using StateDirectory state = new(
                configuration.SocketPath, held, Listen(configuration.SocketPath, inherited, manager), manager);
            LoggerOptions options = LoggerOptions.Parse(configuration.Settings.LoggerOptions);
            pump = openLog(options);
            using DaemonLog daemonLog = DaemonLog.Open(configuration.Settings.DebugLogin, options);
            Log log = daemonLog.Log;
            if (options.Problem is { } problem)
            {
                log.Warn(problem);
            }

            using SupervisorProgram supervisor = new(configuration, state, inherited, log, manager, ready);
            return supervisor.Run();
        }
        catch (ConfigurationException e)
        {
            foreach (string problem in e.Problems.SkipLast(1))
            {
                DaemonLog.LastWords(problem);
            }

            Fail(manager, e.Problems[^1]);
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

    /// <summary>The socket that systemd passes, or one of our own, which systemd then keeps over a restart.</summary>
    private static Socket Listen(string path, InheritedSockets inherited, ServiceManager manager)
    {
        if (inherited.Take(path) is { } kept)
        {
            return kept;
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
        $"authdaemond is already running, pid {DaemonPidFile.RunningPid(stateDirectory)}, in {stateDirectory}";
}
