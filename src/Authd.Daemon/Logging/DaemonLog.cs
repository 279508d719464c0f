// The output of the daemon's log: the journal when systemd reads our stderr, else stderr. No caller waits for either.
using Authd.Core.Logging;
using Authd.Linux.Processes;

namespace Authd.Daemon.Logging;

/// <summary>The log of a supervisor or a worker, for as long as it runs.</summary>
public sealed class DaemonLog : IDisposable
{
    private const int SigKill = 9;

    /// <summary>The longest time that a message about a failed start may take on a slow terminal.</summary>
    private static readonly TimeSpan LastWordsPatience = TimeSpan.FromSeconds(5);

    /// <summary>The same for a process that crashes, whose end others wait for.</summary>
    private static readonly TimeSpan CrashPatience = TimeSpan.FromMilliseconds(500);

    private readonly LogBuffer _queue;

    private DaemonLog(int debugLevel, Func<LogLine, bool> write)
    {
        _queue = new LogBuffer(write);
        Log = new Log(
            (level, text) => _queue.Add(new LogLine(level, text)),
            debugLevel,
            (text, login) => _queue.Add(new LogLine(LogLevel.Info, text, login)));
        AppDomain.CurrentDomain.UnhandledException += Crash;
    }

    /// <summary>Takes the lines.</summary>
    public Log Log { get; }

    /// <summary>Lines lost so far.</summary>
    public long LinesLost => _queue.Lost;

    /// <summary>A log of the given DEBUG_LOGIN level.</summary>
    /// <param name="debugLevel">DEBUG_LOGIN.</param>
    /// <param name="options">Name and facility for the journal; stderr has neither.</param>
    public static DaemonLog Open(int debugLevel, LoggerOptions options) => new(
        debugLevel,
        // The journal's socket stays open as long as the process, whose last lines may still be on their way at its end.
        StderrLog.IsJournal && JournalLog.Exists ? new JournalLog(options).Write : StderrLog.Write);

    /// <summary>Writes the reason why the daemon cannot start to stderr, where the administrator looks for it.</summary>
    public static void LastWords(string text)
    {
        using LogBuffer queue = new(StderrLog.Write);
        queue.Add(new LogLine(LogLevel.Err, Log.Clean(text)));
        queue.Close(LastWordsPatience);
    }

    /// <summary>Writes the lines logged so far, unless that takes long.</summary>
    public void Dispose()
    {
        AppDomain.CurrentDomain.UnhandledException -= Crash;
        _queue.Dispose();
    }

    /// <summary>Ends the process even if stderr is stuck, where the runtime could neither write the exception nor end.</summary>
    private void Crash(object sender, UnhandledExceptionEventArgs crash)
    {
        Log.Crit($"this process ends: {crash.ExceptionObject}");
        if (!_queue.Close(CrashPatience))
        {
            ChildProcess.Signal(Environment.ProcessId, SigKill);
        }
    }
}
