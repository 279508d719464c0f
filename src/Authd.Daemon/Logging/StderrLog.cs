// Writes log lines to stderr: with courier-authlib's prefixes, or with systemd's when stderr is the journal.
using System.Text;
using Authd.Core.Logging;
using Authd.Linux.Files;

namespace Authd.Daemon.Logging;

/// <summary>One write(2) a line, so that lines of several processes never mix.</summary>
public static class StderrLog
{
    private static bool _isTorn;

    /// <summary>systemd reads our stderr, so lines begin with the priority.</summary>
    internal static bool IsJournal { get; } = IsStderr(Environment.GetEnvironmentVariable("JOURNAL_STREAM"));

    /// <summary>Writes one line without a time limit: call it on the thread of a <see cref="LogBuffer"/>. False: stderr takes
    /// nothing (a full disk, a reader that has ended).</summary>
    public static bool Write(LogLine line)
    {
        // First, ends the incomplete line that a full disk has left.
        string start = _isTorn ? "\n" : "";
        string prefix = IsJournal ? $"<{line.Level.Priority()}>" : line.Level.Prefix();
        byte[] bytes = Encoding.Latin1.GetBytes($"{start}{prefix}{line.Text}\n");
        int written = Descriptors.WriteWaiting(Descriptors.Stderr, bytes);
        _isTorn = written == 0 ? _isTorn : written < bytes.Length;
        return written == bytes.Length;
    }

    /// <summary>Compares stderr with DEVICE:INODE in systemd's variable,
    /// because stderr may have been redirected since (sd-daemon(3)).</summary>
    private static bool IsStderr(string? journalStream)
    {
        string? target = new FileInfo("/proc/self/fd/2").LinkTarget;
        return journalStream is not null && target is not null
            && target == $"socket:[{journalStream[(journalStream.IndexOf(':') + 1)..]}]";
    }
}
