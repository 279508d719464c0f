// Runs the daemon in this process: in the foreground, or as the child that `authdaemond start` leaves behind.
using System.Net.Sockets;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Daemon.Configuration;
using Authd.Daemon.Logging;
using Authd.Daemon.Supervisor;
using Authd.Interop;

namespace Authd.Daemon.Commands;

/// <summary>The daemon itself. Everything that can be wrong at a start is found before anybody is told that it runs.</summary>
public static class RunCommand
{
    /// <summary>argv[1] of the child that `authdaemond start` leaves behind.</summary>
    public const string BackgroundArgument = "--background";

    /// <summary>The descriptor on which that child reports that it serves.</summary>
    private const int ReportDescriptor = 3;

    /// <summary>Serves until SIGTERM, logging to stderr.</summary>
    /// <returns>0; 1 with a message on stderr when the daemon cannot start.</returns>
    public static Task<int> ForegroundAsync(ConfigLocation location) =>
        RunAsync(location, static _ => { }, static () => { });

    /// <summary>The same, logging to syslog and reporting readiness to the process that ran `authdaemond start`.</summary>
    public static Task<int> BackgroundAsync(ConfigLocation location)
    {
        Directory.SetCurrentDirectory("/");
        return RunAsync(
            location,
            static configuration => SyslogPump.Start(configuration.Settings.LoggerOptions),
            static () =>
            {
                Descriptors.Write(ReportDescriptor, [(byte)'R']);
                Descriptors.Close(ReportDescriptor);
            });
    }

    private static async Task<int> RunAsync(ConfigLocation location, Action<LoadedConfiguration> openLog, Action ready)
    {
        try
        {
            LoadedConfiguration configuration = LoadedConfiguration.Load(location);
            using StateFiles? held = StateFiles.TryTake(configuration.StateDirectory);
            if (held is null)
            {
                StderrLog.Write(LogLevel.Err, AlreadyRunning(configuration.StateDirectory));
                return 1;
            }

            using Socket listener = ListenSocket.Create(configuration.SocketPath);
            openLog(configuration);
            Log log = StderrLog.Create(configuration.Settings.DebugLogin);
            return await new SupervisorProgram(configuration, listener, log, ready).RunAsync();
        }
        catch (Exception e) when (e is ConfigurationException or IOException or UnauthorizedAccessException)
        {
            StderrLog.Write(LogLevel.Err, Log.Clean(e.Message));
            return 1;
        }
    }

    /// <summary>The message for a second start.</summary>
    internal static string AlreadyRunning(string stateDirectory) =>
        $"authdaemond is already running, pid {StateFiles.RunningPid(stateDirectory)}, in {stateDirectory}";
}
