// Carries everything that this process and its workers write to stderr to syslog: what courierlogger does for the C daemon.
using System.Text;
using Authd.Core.Logging;
using Authd.Interop;
using Microsoft.Win32.SafeHandles;

namespace Authd.Daemon.Logging;

/// <summary>Puts a pipe in the place of stderr and logs each line that comes out of it with the priority of its prefix.</summary>
public static class SyslogPump
{
    private const string DefaultFacility = "mail";

    /// <summary>From here on stderr goes to syslog. Call it once, before workers are started.</summary>
    /// <param name="loggerOptions">The words of LOGGEROPTS: <c>-facility=</c> and <c>-name=</c> count.</param>
    public static void Start(IReadOnlyList<string> loggerOptions)
    {
        string facility = Option(loggerOptions, "-facility=") ?? DefaultFacility;
        bool known = Syslog.Facilities.TryGetValue(facility, out int number);
        Syslog.Open(Option(loggerOptions, "-name=") ?? "authdaemond", known ? number : Syslog.Facilities[DefaultFacility]);
        (int read, int write) = Descriptors.Pipe();
        Descriptors.Replace(Descriptors.Stderr, write);
        Descriptors.Close(write);
        new Thread(() => Pump(read)) { IsBackground = true, Name = "syslog" }.Start();
        if (!known)
        {
            StderrLog.Write(LogLevel.Warn, $"LOGGEROPTS: unknown facility name '{Log.Clean(facility)}', using {DefaultFacility}");
        }
    }

    private static string? Option(IReadOnlyList<string> options, string name) =>
        options.LastOrDefault(option => option.StartsWith(name, StringComparison.Ordinal))?[name.Length..];

    private static void Pump(int read)
    {
        using FileStream pipe = new(new SafeFileHandle(read, ownsHandle: true), FileAccess.Read);
        using StreamReader lines = new(pipe, Encoding.Latin1);
        while (lines.ReadLine() is { } line)
        {
            LogLevel level = LogLevels.Parse(line, out string text);
            Syslog.Write(level.Priority(), Log.Clean(text));
        }
    }
}
