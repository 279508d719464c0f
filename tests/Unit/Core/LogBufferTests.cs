// The log's buffer: no caller waits for its reader, and every lost line is reported.
using Authd.Core.Logging;
using Xunit;

namespace Authd.Tests.Unit.Core;

public sealed class LogBufferTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly ManualResetEventSlim _reads = new(initialState: true);
    private readonly SemaphoreSlim _begun = new(0);
    private readonly List<string> _written = [];
    private volatile bool _fails;

    public void Dispose()
    {
        _reads.Set();
        _reads.Dispose();
        _begun.Dispose();
    }

    [Fact]
    public void An_orderly_end_writes_all_lines_in_their_order()
    {
        using LogBuffer buffer = new(Write);
        string[] lines = [.. Enumerable.Range(0, 2000).Select(static i => $"line {i}")];
        Array.ForEach(lines, line => buffer.Add(Line(line)));
        Assert.True(buffer.Close(Limit));
        Assert.Equal(lines, _written);
    }

    [Fact]
    public async Task A_stuck_reader_costs_lines_and_one_says_how_many()
    {
        _reads.Reset();
        using LogBuffer buffer = new(Write, capacity: 1000);
        buffer.Add(Line("first"));
        Assert.True(await _begun.WaitAsync(Limit));
        // With its overhead each is well over 64 chars, so not all of these fit.
        string[] lines = [.. Enumerable.Range(0, 100).Select(static i => $"line {i}")];
        Array.ForEach(lines, line => buffer.Add(Line(line)));
        _reads.Set();
        Assert.True(buffer.Close(Limit));

        int kept = _written.Count - 2;
        Assert.InRange(kept, 1, 99);
        Assert.Equal(
            ["first", .. lines.Take(kept), $"WARN log lines lost: {lines.Length - kept}, because nobody took them in time"],
            _written);
    }

    [Fact]
    public async Task The_loss_is_told_without_waiting_for_a_next_line()
    {
        _reads.Reset();
        using LogBuffer buffer = new(Write, capacity: 100);
        buffer.Add(Line("first"));
        Assert.True(await _begun.WaitAsync(Limit));
        buffer.Add(Line("second"));
        buffer.Add(Line("third"));
        _reads.Set();
        for (int i = 0; i < 2; i++)
        {
            Assert.True(await _begun.WaitAsync(Limit));
        }

        buffer.Close(Limit);
        Assert.Equal(["first", "second", "WARN log lines lost: 1, because nobody took them in time"], _written);
    }

    [Fact]
    public async Task A_stuck_reader_does_not_keep_a_process_from_ending()
    {
        _reads.Reset();
        LogBuffer buffer = new(Write);
        buffer.Add(Line("first"));
        Assert.True(await _begun.WaitAsync(Limit));
        Assert.False(buffer.Close(TimeSpan.FromMilliseconds(1)));
        buffer.Dispose();
        _reads.Set();
        Assert.True(buffer.Close(Limit));
    }

    [Fact]
    public async Task Lines_that_cannot_be_written_are_counted_and_told_before_the_next_one()
    {
        _fails = true;
        using LogBuffer buffer = new(Write);
        buffer.Add(Line("lost"));
        Assert.True(await _begun.WaitAsync(Limit));
        Assert.True(await _begun.WaitAsync(Limit)); // the line about it, which fails as well
        _fails = false;
        buffer.Add(Line("kept"));
        Assert.True(buffer.Close(Limit));
        Assert.Equal(["WARN log lines lost: 1, because nobody took them in time", "kept"], _written);
    }

    [Fact]
    public void A_line_whose_writing_throws_is_lost_like_any_other()
    {
        List<string> written = [];
        using LogBuffer buffer = new(line =>
        {
            written.Add(line.Text == "bad" ? throw new InsufficientMemoryException() : line.Text);
            return true;
        });
        buffer.Add(Line("bad"));
        buffer.Add(Line("good"));
        Assert.True(buffer.Close(Limit));
        Assert.Equal(["good", "log lines lost: 1, because nobody took them in time"], written.Order());
    }

    [Fact]
    public async Task Of_many_threads_each_line_is_written_or_counted()
    {
        const int Threads = 8, Each = 5000;
        using LogBuffer buffer = new(Write, capacity: 20_000);
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < Each; i++)
            {
                buffer.Add(Line("line"));
            }
        })));
        Assert.True(buffer.Close(Limit));
        // However often it was reported.
        int lost = _written.Where(static l => l.StartsWith("WARN ", StringComparison.Ordinal))
            .Sum(static l => int.Parse(l.Split(' ', ',')[4], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(Threads * Each, _written.Count(static l => l == "line") + lost);
    }

    private static LogLine Line(string text) => new(LogLevel.Info, text);

    private bool Write(LogLine line)
    {
        _begun.Release();
        _reads.Wait();
        if (_fails)
        {
            return false;
        }

        _written.Add(line.Level == LogLevel.Warn ? $"WARN {line.Text}" : line.Text);
        return true;
    }
}
