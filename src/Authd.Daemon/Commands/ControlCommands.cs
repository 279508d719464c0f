// authdaemond start, stop, restart and status.
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Daemon.Configuration;
using Authd.Daemon.Supervisor;
using Authd.Interop;
using Microsoft.Win32.SafeHandles;

namespace Authd.Daemon.Commands;

/// <summary>The commands of courier-authlib's start script, and status. They speak to a running C daemon as well.</summary>
public static class ControlCommands
{
    private const int SigHup = 1;
    private const int SigKill = 9;
    private const int SigTerm = 15;
    private const int NotRunning = 3; // the exit code that init scripts give "status" for "not running" (LSB)
    private static readonly TimeSpan KillAfter = TimeSpan.FromSeconds(15);

    /// <summary>Starts the daemon in the background; returns when it serves.</summary>
    /// <param name="location">The configuration.</param>
    /// <param name="selfArguments">Arguments that make a new process of ours use the same configuration.</param>
    /// <param name="errors">stderr.</param>
    /// <returns>0 when it serves, or one serves already; 1 when it cannot start.</returns>
    public static int Start(ConfigLocation location, IReadOnlyList<string> selfArguments, TextWriter errors) =>
        Guarded(errors, () =>
        {
            LoadedConfiguration configuration = LoadedConfiguration.Load(location);
            if (StateFiles.RunningPid(configuration.StateDirectory) is not null)
            {
                errors.WriteLine(RunCommand.AlreadyRunning(configuration.StateDirectory));
                return 0;
            }

            (int read, int write) = Descriptors.Pipe();
            using FileStream report = new(new SafeFileHandle(read, ownsHandle: true), FileAccess.Read);
            ChildProcess.Start(new ChildProgram(
                "/proc/self/exe",
                [WorkerRole.ProcessName, RunCommand.BackgroundArgument, .. selfArguments],
                WireEnvironment.Entries(WireEnvironment.Own),
                [write])
            { NewSession = true, HeldBack = HeldSignals.All });
            Descriptors.Close(write);
            if (report.ReadByte() >= 0)
            {
                return 0;
            }

            errors.WriteLine("authdaemond did not start: the messages above, or the log, say why");
            return 1;
        });

    /// <summary>Stops the daemon and waits until it is gone; nothing to do when none runs.</summary>
    public static int Stop(ConfigLocation location, TextWriter errors) =>
        Guarded(errors, () =>
        {
            string directory = FindState(location, errors);
            if (StateFiles.RunningPid(directory) is not { } pid)
            {
                return 0;
            }

            ChildProcess.Signal(pid, SigTerm);
            DateTime killAt = DateTime.UtcNow + KillAfter;
            while (StateFiles.RunningPid(directory) == pid)
            {
                if (DateTime.UtcNow > killAt)
                {
                    ChildProcess.Signal(pid, SigKill);
                }

                Thread.Sleep(20);
            }

            return 0;
        });

    /// <summary>Asks the daemon to reload; a configuration that it would refuse is reported here already.</summary>
    public static int Restart(ConfigLocation location, TextWriter errors) =>
        Guarded(errors, () =>
        {
            if (StateFiles.RunningPid(LoadedConfiguration.Load(location).StateDirectory) is { } pid)
            {
                ChildProcess.Signal(pid, SigHup);
            }

            return 0;
        });

    /// <summary>Says what is wrong with the configuration; the exit code is 0 when the daemon would take it.</summary>
    public static int Check(ConfigLocation location, TextWriter errors) =>
        Guarded(errors, () =>
        {
            LoadedConfiguration configuration = LoadedConfiguration.Load(location);
            foreach (string remark in configuration.Settings.Errors.Concat(configuration.Warnings))
            {
                errors.WriteLine($"authdaemond: {remark}");
            }

            return 0;
        });

    /// <summary>Says whether a daemon runs; the exit code is 3 when not.</summary>
    public static int Status(ConfigLocation location, TextWriter output, TextWriter errors) =>
        Guarded(errors, () =>
        {
            string state = FindState(location, errors);
            int? pid = StateFiles.RunningPid(state);
            output.WriteLine(pid is null
                ? $"authdaemond is not running in {state}"
                : $"authdaemond is running, pid {pid}, socket {Path.Combine(state, "socket")}");
            return pid is null ? NotRunning : 0;
        });

    /// <summary>
    /// The state directory. A configuration that cannot be used is no reason not to stop the daemon that still runs with
    /// the one before: then it is looked for where the file says as far as it can be read, and at the usual place.
    /// </summary>
    private static string FindState(ConfigLocation location, TextWriter errors)
    {
        try
        {
            return LoadedConfiguration.Load(location).StateDirectory;
        }
        catch (ConfigurationException e)
        {
            string[] places = [.. ReadableStates(location), location.DefaultStateDirectory];
            string found = places.FirstOrDefault(IsUsed)
                ?? throw new ConfigurationException($"{e.Message}; no daemon runs in {string.Join(" or ", places.Distinct())}");
            errors.WriteLine($"authdaemond: {e.Message}; a daemon that was started before runs in {found}");
            return found;
        }
    }

    private static bool IsUsed(string state) =>
        File.Exists(Path.Combine(state, "pid.lock")) && StateFiles.RunningPid(state) is not null;

    /// <summary>The values of all lines that set authdaemonvar, the last one first; the other lines may be as wrong as they like.</summary>
    private static List<string> ReadableStates(ConfigLocation location)
    {
        List<string> states = [];
        try
        {
            foreach (string line in File.ReadLines(location.AuthdaemonrcPath, System.Text.Encoding.Latin1))
            {
                if (line.StartsWith("authdaemonvar=", StringComparison.Ordinal) && ReadState(location, line) is { } state)
                {
                    states.Insert(0, state);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then there is only the usual place.
        }

        return states;
    }

    private static string? ReadState(ConfigLocation location, string line)
    {
        try
        {
            Authdaemonrc rc = Authdaemonrc.Parse(location.AuthdaemonrcPath, WireText.ToBytes(line), static _ => null);
            return rc.Variables.GetValueOrDefault("authdaemonvar") is { Length: > 0 } state ? WireText.ToUnicode(state) : null;
        }
        catch (ConfigurationException)
        {
            return null;
        }
    }

    private static int Guarded(TextWriter errors, Func<int> command)
    {
        try
        {
            return command();
        }
        catch (Exception e) when (e is ConfigurationException or IOException or UnauthorizedAccessException)
        {
            errors.WriteLine($"authdaemond: {e.Message}");
            return 1;
        }
    }
}
