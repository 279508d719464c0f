using Authd.Core;
using Authd.Core.Configuration;
using Authd.Daemon.Configuration;
using Authd.Daemon.Supervisor;
using Authd.Linux.Files;
using Authd.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Authd.Daemon.Commands;

/// <summary>The commands start, stop, restart (those of courier-authlib's start script), status and check. They work for a
/// running C daemon as well.</summary>
public static class ControlCommands
{
    private const int SigHup = 1;
    private const int SigKill = 9;
    private const int SigTerm = 15;
    private const int NotRunning = 3; // the exit code that init scripts give "status" for "not running" (LSB)
    private static readonly TimeSpan KillAfter = TimeSpan.FromSeconds(15);

    /// <summary>Starts the daemon in the background; returns when it serves.</summary>
    /// <param name="location">The configuration.</param>
    /// <param name="selfArguments">The arguments that make a new process of ours use the same configuration.</param>
    /// <param name="errors">stderr.</param>
    /// <returns>0 when it serves, or another one serves already; 1 when it cannot start.</returns>
    public static int Start(ConfigLocation location, IReadOnlyList<string> selfArguments, TextWriter errors) =>
        Guarded(errors, () =>
        {
            LoadedConfiguration configuration = LoadedConfiguration.Load(location);
            if (DaemonPidFile.RunningPid(configuration.StateDirectory) is not null)
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

    /// <summary>Stops the daemon and waits for its end; does nothing when no daemon runs.</summary>
    public static int Stop(ConfigLocation location, TextWriter errors) =>
        Guarded(errors, () =>
        {
            string directory = FindState(location, errors);
            if (DaemonPidFile.RunningPid(directory) is not { } pid)
            {
                return 0;
            }

            ChildProcess.Signal(pid, SigTerm);
            DateTime killAt = DateTime.UtcNow + KillAfter;
            while (DaemonPidFile.RunningPid(directory) == pid)
            {
                if (DateTime.UtcNow > killAt)
                {
                    ChildProcess.Signal(pid, SigKill);
                }

                Thread.Sleep(20);
            }

            return 0;
        });

    /// <summary>Asks the daemon to reload; a wrong configuration is reported here.</summary>
    public static int Restart(ConfigLocation location, TextWriter errors) =>
        Guarded(errors, () =>
        {
            LoadedConfiguration configuration = LoadedConfiguration.Load(location);
            if (configuration.Mistakes is [var mistake, ..])
            {
                Complain(errors, mistake);
                return 1;
            }

            if (DaemonPidFile.RunningPid(configuration.StateDirectory) is not { } pid)
            {
                errors.WriteLine($"authdaemond: no daemon runs in {configuration.StateDirectory}; start it with `authdaemond start` or "
                    + "`systemctl start courier-authlib`");
                return 1;
            }

            Finding[] wrong = [.. ModuleFilesProcess.Ask(configuration).Where(static finding => finding.IsError)];
            foreach (Finding finding in wrong)
            {
                Complain(errors, finding.Text);
            }

            if (wrong.Length > 0)
            {
                errors.WriteLine("authdaemond: not reloaded, the old configuration stays in use");
                return 1;
            }

            ChildProcess.Signal(pid, SigHup);
            return 0;
        });

    /// <summary>Says what is wrong with the configuration, one line a finding: <c>ERROR|WARN FILE:LINE: KEY: ...</c>.</summary>
    /// <param name="location">The configuration.</param>
    /// <param name="connects">Also tries the servers that the modules' files name.</param>
    /// <param name="output">stdout.</param>
    /// <param name="errors">stderr: why it cannot be checked.</param>
    /// <returns>0 when the daemon would take it, 1 when there is an error.</returns>
    public static int Check(ConfigLocation location, bool connects, TextWriter output, TextWriter errors) =>
        Guarded(errors, () =>
        {
            IReadOnlyList<Finding> findings = ConfigurationCheck.Of(location, connects);
            foreach (Finding finding in findings)
            {
                output.WriteLine(WireText.ForPeople(finding.ToString()));
            }

            return findings.Any(static finding => finding.IsError) ? 1 : 0;
        });

    /// <summary>Prints whether a daemon runs; the exit code is 3 when none does.</summary>
    public static int Status(ConfigLocation location, TextWriter output, TextWriter errors) =>
        Guarded(errors, () =>
        {
            string state = FindState(location, errors);
            int? pid = DaemonPidFile.RunningPid(state);
            output.WriteLine(pid is null
                ? $"authdaemond is not running in {state}"
                : $"authdaemond is running, pid {pid}, socket {Path.Combine(state, LoadedConfiguration.SocketName)}");
            return pid is null ? NotRunning : 0;
        });

    /// <summary>
    /// The state directory. A wrong configuration must not keep a running daemon from being stopped: the directory is then taken
    /// from the readable lines of the file, or else is the usual one.
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
        File.Exists(Path.Combine(state, "pid.lock")) && DaemonPidFile.RunningPid(state) is not null;

    /// <summary>The values of all lines that set authdaemonvar, the last one first; other lines may be wrong.</summary>
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
            // Only the usual directory is left.
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
            foreach (string problem in FileTrouble.Text(e).Split('\n'))
            {
                Complain(errors, problem);
            }

            return 1;
        }
    }

    private static void Complain(TextWriter errors, string problem) => errors.WriteLine($"authdaemond: {WireText.ForPeople(problem)}");
}
