// Between those who log and the log's reader: a reader that is slow, stuck or gone costs lines, never a login.
using System.Collections.Concurrent;
using System.Globalization;

namespace Authd.Core.Logging;

/// <summary>
/// Takes lines from any thread without ever waiting, and writes them in a thread of its own. When too much waits, further
/// lines are dropped and counted; so are lines that cannot be written. One WARN line says how many were lost, at their place
/// in the log, as soon as lines can be written again.
/// </summary>
public sealed class LogBuffer : IDisposable
{
    /// <summary>
    /// How many chars may wait: some thousand lines, which is more than a burst of debug lines and less than would matter to
    /// a worker's memory.
    /// </summary>
    public const int UsualCapacity = 1 << 20;

    /// <summary>The cost of a line besides its text, in chars, so that short lines count as well.</summary>
    private const int LineOverhead = 64;

    /// <summary>A log that is always behind tells of its losses after so many lines; any other one when it has caught up.</summary>
    private const int LinesBetweenReports = 4096;

    /// <summary>How long an orderly end waits for what is still to be written.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <summary>After a failure without further lines: how often to try whether the log is back.</summary>
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(2);

    /// <summary>So long the thread does not look when it has caught up: lines of a busy time are written in one go then, and
    /// those who log need not wake it for each.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(2);

    private readonly ConcurrentQueue<LogLine> _waiting = new();
    private readonly Func<LogLine, bool> _write;
    private readonly int _capacity;
    private readonly Thread _writer;
    private readonly Lock _lifetime = new();
    private readonly object _wake = new(); // for Monitor.Wait, which a Lock does not have
    private int _size;
    private int _dropped;
    private volatile bool _asleep;
    private volatile bool _closing;
    // Of the writing thread.
    private int _failed;
    private int _writtenBehind;

    /// <summary>A queue that works from now on.</summary>
    /// <param name="write">Writes one line and may take its time; false: the line could not be written.</param>
    /// <param name="capacity">How many chars may wait.</param>
    public LogBuffer(Func<LogLine, bool> write, int capacity = UsualCapacity)
    {
        _write = write;
        _capacity = capacity;
        _writer = new Thread(Run, maxStackSize: 1 << 18) { IsBackground = true, Name = "log" };
        _writer.Start();
    }

    /// <summary>Takes a line, or drops it when too much waits already.</summary>
    public void Add(LogLine line)
    {
        int cost = Cost(line);
        if (Interlocked.Add(ref _size, cost) > _capacity)
        {
            Interlocked.Add(ref _size, -cost);
            Interlocked.Increment(ref _dropped);
            return;
        }

        _waiting.Enqueue(line);
        Interlocked.MemoryBarrier(); // either we see that the writer sleeps, or it sees the line before it does
        if (_asleep)
        {
            Wake();
        }
    }

    /// <summary>Ends the writing thread when it has written what waits; false: it has not come to that in time.</summary>
    public bool Close(TimeSpan limit)
    {
        lock (_lifetime)
        {
            _closing = true;
            Wake();
            return _writer.Join(limit);
        }
    }

    /// <summary>Writes what waits, for a short time only: a process whose log is stuck ends as well.</summary>
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

    /// <summary>While lines fail, the line about the lost ones goes first: where it cannot be written, this one cannot either.</summary>
    private void Write(LogLine line)
    {
        if ((_failed > 0 && !TellLosses()) || !TryWrite(line))
        {
            _failed++;
        }

        if (++_writtenBehind >= LinesBetweenReports)
        {
            TellLosses();
        }
    }

    /// <summary>True: there is nothing (more) to tell.</summary>
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
