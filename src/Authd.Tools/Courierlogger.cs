using Authd.Core;
using Authd.Linux.Files;
using Authd.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Authd.Tools;

/// <summary><c>courierlogger</c>, as courier-authlib's scripts and mail servers call it: passes a program's standard error to
/// syslog, and keeps the program running as a daemon.</summary>
public static class Courierlogger
{
    /// <summary>First argument of the process that <c>-start</c> leaves behind.</summary>
    private const string DaemonArgument = "--daemon";

    /// <summary>The descriptor on which that process reports that it is running.</summary>
    private const int ReportDescriptor = 3;

    private const int SigHup = 1;
    private const int SigKill = 9;
    private const int SigTerm = 15;
    private static readonly TimeSpan KillEvery = TimeSpan.FromSeconds(10);

    /// <summary>Runs the command.</summary>
    /// <param name="arguments">The arguments; wire text.</param>
    /// <param name="environment">The process.</param>
    /// <returns>Exit code: 0, or 1 with a message.</returns>
    public static int Run(string[] arguments, ToolEnvironment environment)
    {
        bool daemon = arguments is [DaemonArgument, ..];
        string[] own = daemon ? arguments[1..] : arguments;
        if (CourierloggerOptions.Parse(own, out string problem) is not { } options)
        {
            environment.Complain(problem + "\n");
            return 1;
        }

        try
        {
            switch (options.Verb)
            {
                case LoggerVerb.Stop:
                    Stop(options.PidFile);
                    return 0;
                case LoggerVerb.Restart:
                    Signal(options.PidFile, SigHup);
                    return 0;
                case LoggerVerb.Start when daemon:
                    return RunDaemon(options);
                case LoggerVerb.Start:
                    return Start(own);
                default:
                    LogLines(options, environment.Input);
                    return 0;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            environment.Complain(WireText.FromUnicode(FileTrouble.Text(e)) + "\n");
            return 1;
        }
    }

    private static void LogLines(CourierloggerOptions options, Stream input)
    {
        Syslog.Open(WireText.ToUnicode(options.Name), Syslog.Facilities[options.Facility]);
        if (options.Program.Count == 0)
        {
            Privileges.Become(Privileges.Find(options.User, options.Group));
            SyslogLines.Pass(input, SyslogLines.Write);
        }
        else
        {
            using LoggedProgram program = new(options);
            program.Run(static () => { });
        }
    }

    /// <summary>Starts this command again as a daemon, and waits until it runs (or another one is found running).</summary>
    private static int Start(string[] arguments)
    {
        (int read, int write) = Descriptors.Pipe();
        using FileStream report = new(new SafeFileHandle(read, ownsHandle: true), FileAccess.Read);
        ChildProcess.Start(new ChildProgram(
            "/proc/self/exe",
            ["courierlogger", DaemonArgument, .. arguments.Select(WireText.ToUnicode)],
            LoggedProgram.Environment(),
            [write])
        { NewSession = true });
        Descriptors.Close(write);
        return report.ReadByte() < 0 ? 1 : 0;
    }

    private static int RunDaemon(CourierloggerOptions options)
    {
        using RecordLock? held = RecordLock.TryTake(LockFile(options.PidFile));
        if (held is not null)
        {
            Directory.SetCurrentDirectory("/");
            File.WriteAllText("/proc/self/comm", "courierlogger"); // not "exe", through which it was started
            Syslog.Open(WireText.ToUnicode(options.Name), Syslog.Facilities[options.Facility]);
            using LoggedProgram program = new(options);
            program.Run(() =>
            {
                PidFile.Write(WireText.ToUnicode(options.PidFile));
                ReportRunning();
                Descriptors.Replace(Descriptors.Stderr, Descriptors.Stdin); // /dev/null, as the other two
            });
        }
        else
        {
            ReportRunning(); // another one runs
        }

        return 0;
    }

    private static void ReportRunning()
    {
        Descriptors.Write(ReportDescriptor, "R"u8);
        Descriptors.Close(ReportDescriptor);
    }

    /// <summary>Asks the running daemon to end, and waits until it has.</summary>
    private static void Stop(string pidFile)
    {
        Signal(pidFile, SigTerm);
        DateTime kill = DateTime.UtcNow + KillEvery;
        while (RecordLock.Holder(LockFile(pidFile)) is { } pid)
        {
            if (DateTime.UtcNow > kill)
            {
                ChildProcess.Signal(pid, SigKill);
                kill = DateTime.UtcNow + KillEvery;
            }

            Thread.Sleep(20);
        }
    }

    private static void Signal(string pidFile, int signal)
    {
        if (RecordLock.Holder(LockFile(pidFile)) is { } pid)
        {
            ChildProcess.Signal(pid, signal);
        }
    }

    private static string LockFile(string pidFile) => WireText.ToUnicode(pidFile) + ".lock";
}
