// Carries all output of this process and its workers on stderr to syslog, as courierlogger does for the C daemon.
using System.Text;
using Authd.Core.Logging;
using Authd.Linux.Files;
using Authd.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Authd.Daemon.Logging;

/// <summary>Replaces stderr with a pipe and logs each line from it with the priority of its prefix.</summary>
/// <remarks>
/// When the syslog daemon is stuck, the pump's thread waits and the pipe fills up; then each process's <see cref="LogBuffer"/>
/// drops and counts lines.
/// </remarks>
public sealed class SyslogPump : IDisposable
{
    /// <summary>The time that the end waits for the lines in the pipe.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly Thread _thread;

    private SyslogPump(int read)
    {
        _thread = new Thread(() => Pump(read)) { IsBackground = true, Name = "syslog" };
        _thread.Start();
    }

    /// <summary>Sends stderr to syslog from now on. Call it once, before workers are started.</summary>
    /// <param name="options">Name and facility.</param>
    public static SyslogPump Start(LoggerOptions options)
    {
        Syslog.Open(options.Name, options.Facility);
        (int read, int write) = Descriptors.Pipe();
        Descriptors.Replace(Descriptors.Stderr, write);
        Descriptors.Close(write);
        return new SyslogPump(read);
    }

    /// <summary>Logs the lines left in the pipe, unless that takes long. From then on stderr is discarded.</summary>
    public void Dispose()
    {
        using (SafeFileHandle nowhere = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write))
        {
            Descriptors.Replace(Descriptors.Stderr, (int)nowhere.DangerousGetHandle());
        }

        _thread.Join(Patience);
    }

    private static void Pump(int read)
    {
        using FileStream pipe = new(new SafeFileHandle(read, ownsHandle: true), FileAccess.Read);
        using StreamReader lines = new(pipe, Encoding.Latin1);
        while (lines.ReadLine() is { } line)
        {
            LogLevel level = LogLevels.Parse(line, out string text);
            Syslog.Write(level.Priority(), Encoding.ASCII.GetBytes(Log.Clean(text)));
        }
    }
}
