using System.Collections.Concurrent;
using System.Globalization;

namespace Authd.Core.Logging;

/// <summary>
/// Takes lines from any thread without waiting, and writes them in a thread of its own: a log reader that is slow, stuck or gone
/// costs lines, never a login. When the buffer is full, further lines are dropped and counted; so are lines that cannot be
/// written. One WARN line gives the number lost, at their place in the log, as soon as lines can be written again.
/// </summary>
public sealed class LogBuffer : IDisposable
{
    /// <summary>
    /// The chars that may wait: some thousand lines, enough for a burst
    /// of debug lines and little compared with a worker's memory.
    /// </summary>
    public const int UsualCapacity = 1 << 20;

    /// <summary>The cost of a line besides its text, in chars, so that short lines count as well.</summary>
    private const int LineOverhead = 64;

    /// <summary>A log that never catches up reports its losses after this
    /// many lines; any other reports them when it has caught up.</summary>
    private const int LinesBetweenReports = 4096;

    /// <summary>The time that an orderly end waits for lines still to be written.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <summary>The pause between attempts to write after a failure, when no further lines come.</summary>
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(2);

    /// <summary>The pause of the thread after it has caught up: under load, lines are then written together, and a logging thread
    /// need not wake it for each.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(2);

    private readonly ConcurrentQueue<LogLine> _waiting = new();
    private readonly Func<LogLine, bool> _write;
    private readonly int _capacity;
    private readonly Thread _writer;
    private readonly Lock _lifetime = new();
    private readonly object _wake = new(); // for Monitor.Wait, which a Lock does not have
    private int _size;
    private int _dropped;
    private long _lost;
    private volatile bool _asleep;
    private volatile bool _closing;
    // Used by the writing thread only.
    private int _failed;
    private int _writtenBehind;

    /// <summary>Starts the writing thread.</summary>
    /// <param name="write">Writes one line and may take its time; false: the line could not be written.</param>
    /// <param name="capacity">The number of chars that may wait.</param>
    public LogBuffer(Func<LogLine, bool> write, int capacity = UsualCapacity)
    {
        _write = write;
        _capacity = capacity;
        _writer = new Thread(Run, maxStackSize: 1 << 18) { IsBackground = true, Name = "log" };
        _writer.Start();
    }

    /// <summary>Lines that were dropped or could not be written so far.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Takes a line, or drops it when the buffer is full.</summary>
    public void Add(LogLine line)
    {
        int cost = Cost(line);
        if (Interlocked.Add(ref _size, cost) > _capacity)
        {
            Interlocked.Add(ref _size, -cost);
            Interlocked.Increment(ref _dropped);
            Interlocked.Increment(ref _lost);
            return;
        }

        _waiting.Enqueue(line);
        Interlocked.MemoryBarrier(); // either we see that the writer sleeps, or it sees the line before it does
        if (_asleep)
        {
            Wake();
        }
    }

    /// <summary>Ends the writing thread after the lines that wait; false: they were not written within the limit.</summary>
    public bool Close(TimeSpan limit)
    {
        lock (_lifetime)
        {
            _closing = true;
            Wake();
            return _writer.Join(limit);
        }
    }

    /// <summary>Writes the lines that wait, for a short time only, so that a process with a stuck log ends.</summary>
    public void Dispose() => Close(Patience);

    private static int Cost(LogLine line) => line.Text.Length + LineOverhead;

    private void Wake()
    {
        lock (_wake)
        {
            Monitor.Pulse(_wake);
        }
    }

    private void Run()
    {
        bool hasRested = false;
        while (true)
        {
            if (_waiting.TryDequeue(out LogLine line))
            {
                Interlocked.Add(ref _size, -Cost(line));
                Write(line);
                hasRested = false;
                continue;
            }

            bool told = TellLosses();
            if (_closing && _waiting.IsEmpty)
            {
                return;
            }

            if (hasRested || _closing)
            {
                Sleep(told ? Timeout.InfiniteTimeSpan : RetryPause);
            }
            else
            {
                Thread.Sleep(Rest);
                hasRested = true;
            }
        }
    }

    /// <summary>After a failure the report of lost lines goes first; if it cannot be written, neither can this line.</summary>
    private void Write(LogLine line)
    {
        if ((_failed > 0 && !TellLosses()) || !TryWrite(line))
        {
            _failed++;
            Interlocked.Increment(ref _lost);
        }

        if (++_writtenBehind >= LinesBetweenReports)
        {
            TellLosses();
        }
    }

    /// <summary>True: no loss is left to report.</summary>
    private bool TellLosses()
    {
        _writtenBehind = 0;
        int lost = _failed + Interlocked.Exchange(ref _dropped, 0);
        _failed = lost > 0 && !TryWrite(Losses(lost)) ? lost : 0;
        return _failed == 0;
    }

    /// <summary>A failure of any kind (no memory for it, say) costs the line, not the process.</summary>
    private bool TryWrite(LogLine line)
    {
        try
        {
            return _write(line);
        }
        catch (Exception)
        {
            return false;
        }
    }

    private static LogLine Losses(int lost) => new(
        LogLevel.Warn,
        string.Create(CultureInfo.InvariantCulture, $"log lines lost: {lost}, because nobody took them in time"));

    private void Sleep(TimeSpan time)
    {
        lock (_wake)
        {
            _asleep = true;
            Interlocked.MemoryBarrier();
            if (_waiting.IsEmpty && !_closing)
            {
                Monitor.Wait(_wake, time);
            }

            _asleep = false;
        }
    }
}
