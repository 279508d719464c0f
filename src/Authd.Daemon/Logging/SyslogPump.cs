// Carries everything that this process and its workers write to stderr to syslog: what courierlogger does for the C daemon.
using System.Text;
using Authd.Core.Logging;
using Authd.Interop;
using Microsoft.Win32.SafeHandles;

namespace Authd.Daemon.Logging;

/// <summary>Puts a pipe in the place of stderr and logs each line that comes out of it with the priority of its prefix.</summary>
/// <remarks>
/// A syslog daemon that is stuck holds the pump's thread, then the pipe is full, and then each process's
/// <see cref="LogBuffer"/> drops and counts.
/// </remarks>
public sealed class SyslogPump : IDisposable
{
    /// <summary>How long the end waits for what is in the pipe.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly Thread _thread;

    private SyslogPump(int read)
    {
        _thread = new Thread(() => Pump(read)) { IsBackground = true, Name = "syslog" };
        _thread.Start();
    }

    /// <summary>From here on stderr goes to syslog. Call it once, before workers are started.</summary>
    /// <param name="options">Name and facility.</param>
    public static SyslogPump Start(LoggerOptions options)
    {
        Syslog.Open(options.Name, options.Facility);
        (int read, int write) = Descriptors.Pipe();
        Descriptors.Replace(Descriptors.Stderr, write);
        Descriptors.Close(write);
        return new SyslogPump(read);
    }

    /// <summary>Logs what the pipe still holds, unless that takes long. From then on stderr goes nowhere.</summary>
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
