// Carries everything that this process and its workers write to stderr to syslog: what courierlogger does for the C daemon.
using System.Text;
using Authd.Core.Logging;
using Authd.Interop;
using Microsoft.Win32.SafeHandles;

namespace Authd.Daemon.Logging;

/// <summary>Puts a pipe in the place of stderr and logs each line that comes out of it with the priority of its prefix.</summary>
public static class SyslogPump
{
    /// <summary>From here on stderr goes to syslog. Call it once, before workers are started.</summary>
    /// <param name="options">Name and facility.</param>
    public static void Start(LoggerOptions options)
    {
        Syslog.Open(options.Name, options.Facility);
        (int read, int write) = Descriptors.Pipe();
        Descriptors.Replace(Descriptors.Stderr, write);
        Descriptors.Close(write);
        new Thread(() => Pump(read)) { IsBackground = true, Name = "syslog" }.Start();
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
