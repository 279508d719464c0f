// Writes log lines to stderr: with courier-authlib's prefixes, or with systemd's when stderr is the journal.
using System.Text;
using Authd.Core.Logging;
using Authd.Interop;

namespace Authd.Daemon.Logging;

/// <summary>One write(2) a line, so that lines of several processes never mix.</summary>
public static class StderrLog
{
    /// <summary>systemd reads our stderr: its lines begin with the priority.</summary>
    internal static bool IsJournal { get; } = IsStderr(Environment.GetEnvironmentVariable("JOURNAL_STREAM"));

    /// <summary>Writes one cleaned line.</summary>
    public static void Write(LogLevel level, string text)
    {
        string line = IsJournal ? $"<{level.Priority()}>{text}\n" : $"{level.Prefix()}{text}\n";
        // When stderr is gone there is nowhere left to say so; the daemon's work goes on.
        Descriptors.Write(Descriptors.Stderr, Encoding.Latin1.GetBytes(line));
    }

    /// <summary>systemd names the journal's socket as DEVICE:INODE; stderr may have been redirected since (sd-daemon(3)).</summary>
    private static bool IsStderr(string? journalStream)
    {
        string? target = new FileInfo("/proc/self/fd/2").LinkTarget;
        return journalStream is not null && target is not null
            && target == $"socket:[{journalStream[(journalStream.IndexOf(':') + 1)..]}]";
    }
}
