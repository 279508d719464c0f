// Where the daemon's lines go: into the journal when systemd reads our stderr, else to stderr.
using Authd.Core.Logging;

namespace Authd.Daemon.Logging;

/// <summary>Makes the log of a supervisor or a worker.</summary>
public static class DaemonLog
{
    /// <summary>A log of the given DEBUG_LOGIN level.</summary>
    /// <param name="debugLevel">DEBUG_LOGIN.</param>
    /// <param name="options">For the journal; stderr has neither name nor facility.</param>
    public static Log Create(int debugLevel, LoggerOptions options)
    {
        if (!StderrLog.IsJournal || !JournalLog.Exists)
        {
            return new Log(StderrLog.Write, debugLevel);
        }

        JournalLog journal = new(options); // as long as the process
        return new Log(journal.Write, debugLevel, journal.WriteLogin);
    }
}
