// The levels of courier-authlib's log: their prefixes on stderr and the syslog priorities these stand for.
namespace Authd.Core.Logging;

/// <summary>A level of the log.</summary>
public enum LogLevel
{
    /// <summary>ALERT: (1).</summary>
    Alert,

    /// <summary>CRIT: (2).</summary>
    Crit,

    /// <summary>ERR: (3).</summary>
    Err,

    /// <summary>WARN: (4).</summary>
    Warn,

    /// <summary>INFO: (6).</summary>
    Info,

    /// <summary>No prefix: arrives as info (6).</summary>
    Plain,

    /// <summary>DEBUG: (7).</summary>
    Debug,
}

/// <summary>Prefixes and priorities of <see cref="LogLevel"/>.</summary>
public static class LogLevels
{
    private static readonly (LogLevel Level, string Prefix, int Priority)[] Table =
    [
        (LogLevel.Alert, "ALERT: ", 1),
        (LogLevel.Crit, "CRIT: ", 2),
        (LogLevel.Err, "ERR: ", 3),
        (LogLevel.Warn, "WARN: ", 4),
        (LogLevel.Info, "INFO: ", 6),
        (LogLevel.Plain, "", 6),
        (LogLevel.Debug, "DEBUG: ", 7),
    ];

    /// <summary>The prefix on stderr, with its blank; empty for <see cref="LogLevel.Plain"/>.</summary>
    public static string Prefix(this LogLevel level) => Table[(int)level].Prefix;

    /// <summary>The syslog priority, 0 to 7.</summary>
    public static int Priority(this LogLevel level) => Table[(int)level].Priority;

    /// <summary>Splits a line into its level and its text, as courierlogger does: prefix off, then leading blanks.</summary>
    public static LogLevel Parse(string line, out string text)
    {
        foreach ((LogLevel level, string prefix, _) in Table)
        {
            string mark = prefix.TrimEnd();
            if (mark.Length > 0 && line.StartsWith(mark, StringComparison.Ordinal))
            {
                text = line[mark.Length..].TrimStart(' ');
                return level;
            }
        }

        text = line;
        return LogLevel.Plain;
    }
}
