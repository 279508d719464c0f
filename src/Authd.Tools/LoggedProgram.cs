using System.Runtime.InteropServices;
using Authd.Core;
using Authd.Core.Logging;
using Authd.Linux.Files;
using Authd.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Authd.Tools;

/// <summary>Runs courierlogger's program, once or repeatedly. Its standard
/// error goes to syslog, and signals are passed on to it.</summary>
internal sealed class LoggedProgram : IDisposable
{
    private const int SigHup = 1;
    private const int SigKill = 9;
    private const int SigTerm = 15;
    private static readonly TimeSpan RespawnPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan KillAfter = TimeSpan.FromSeconds(8);

    /// <summary>The time for the last lines of a program that has ended by itself.</summary>
    private static readonly TimeSpan LastLinesPatience = TimeSpan.FromSeconds(10);

    private readonly CourierloggerOptions _options;
    private readonly Privileges.Identity _identity;
    // Read early: a process that has given up root may not read its own /proc any more.
    private readonly IReadOnlyList<string> _environment = Environment();
    private readonly ManualResetEventSlim _stopAsked = new();
    private readonly PosixSignalRegistration _hup;
    private readonly PosixSignalRegistration _term;
    private volatile int _pid;
    private volatile bool _startAgain;

    internal LoggedProgram(CourierloggerOptions options)
    {
        _options = options;
        _identity = Privileges.Find(options.User, options.Group);
        _hup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Reload);
        _term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    }

    /// <summary>Runs the program until it ends for good.</summary>
    /// <param name="started">Called when it runs for the first time.</param>
    /// <exception cref="IOException">The program cannot be started.</exception>
    internal void Run(Action started)
    {
        if (_options.DropsRoot)
        {
            Privileges.Become(_identity);
        }

        // A stuck syslog daemon must neither stop a mail server through its standard error nor keep this process from ending.
        using LogBuffer buffer = new(static line =>
        {
            SyslogLines.Write(line);
            return true;
        });
        bool first = true;
        do
        {
            _startAgain = false;
            using FileStream lines = Start();
            if (first)
            {
                first = false;
                started();
                Privileges.Become(_options.DropsRoot ? new Privileges.Identity(null, null) : _identity);
            }

            SyslogLines.Pass(lines, buffer.Add);
            Collect();
        }
        while ((_options.Respawns || _startAgain) && !_stopAsked.Wait(RespawnPause));

        if (!_stopAsked.IsSet)
        {
            buffer.Close(LastLinesPatience);
        }
    }

    /// <summary>This process's environment, byte for byte.</summary>
    internal static IReadOnlyList<string> Environment() =>
        WireText.FromBytes(File.ReadAllBytes("/proc/self/environ")).Split('\0', StringSplitOptions.RemoveEmptyEntries);

    /// <inheritdoc/>
    public void Dispose()
    {
        _hup.Dispose();
        _term.Dispose();
        _stopAsked.Dispose();
    }

    /// <summary>Starts the program and returns its standard error.</summary>
    private FileStream Start()
    {
        string[] arguments = [.. _options.Program.Select(WireText.ToUnicode)];
        (int read, int write) = Descriptors.Pipe();
        // A child inherits our stderr, which is the pipe for the moment of its start.
        int own = Descriptors.Copy(Descriptors.Stderr);
        Descriptors.Replace(Descriptors.Stderr, write);
        try
        {
            _pid = ChildProcess.Start(new ChildProgram(Find(arguments[0]), arguments, _environment, []));
        }
        finally
        {
            Descriptors.Replace(Descriptors.Stderr, own);
            Descriptors.Close(own);
            Descriptors.Close(write);
        }

        return new FileStream(new SafeFileHandle(read, ownsHandle: true), FileAccess.Read);
    }

    /// <summary>Waits for the program. The pipe ends a moment before it, or earlier, when it closes its standard error.</summary>
    private void Collect()
    {
        while (ChildProcess.Reap(_pid) is null)
        {
            Thread.Sleep(10);
        }

        _pid = 0;
    }

    private static string Find(string program)
    {
        string path = System.Environment.GetEnvironmentVariable("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin";
        return program.Contains('/')
            ? program
            : path.Split(':').Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists) ?? program;
    }

    private void Reload(PosixSignalContext context)
    {
        context.Cancel = true;
        _startAgain = true; // a program that ends on SIGHUP, as some do, is started once more
        Pass(SigHup);
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        _stopAsked.Set();
        Pass(SigTerm);
        int pid = _pid;
        _ = Task.Delay(KillAfter).ContinueWith(
            _ =>
            {
                if (pid == _pid)
                {
                    Pass(SigKill);
                }
            },
            TaskScheduler.Default);
    }

    private void Pass(int signal)
    {
        if (_pid is var pid and > 0)
        {
            ChildProcess.Signal(pid, signal);
        }
    }
}
