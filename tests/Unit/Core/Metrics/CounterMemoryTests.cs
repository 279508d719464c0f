// The counters in shared memory: slots, sums, names.
using System.Diagnostics;
using Authd.Core;
using Authd.Core.Metrics;
using Xunit;

namespace Authd.Tests.Unit.Core.Metrics;

public sealed class CounterMemoryTests
{
    private static readonly DateTimeOffset Time = DateTimeOffset.FromUnixTimeSeconds(1_000_000);
    private readonly long[] _words = new long[CounterMemory.Words];
    private readonly CounterMemory _memory;

    public CounterMemoryTests()
    {
        CounterMemory.Prepare(_words, Time);
        _memory = new CounterMemory(_words);
    }

    [Fact]
    public void What_a_worker_has_counted_stays_when_it_has_ended_and_what_it_has_does_not()
    {
        _memory.Name(["authuserdb", "authpgsql"]);
        int slot = _memory.Take(17, Time);
        WorkerCounters worker = _memory.Of(slot);
        worker.Add(WorkerWord.Accepted, 3);
        worker.Set(WorkerWord.Clients, 2);
        worker.Set(WorkerWord.MostClients, 5);
        worker.Module(1).Answered(RequestKind.Login, AuthOutcome.Reject(Reasons.WrongPassword), Stopwatch.GetTimestamp());
        worker.Module(1).NoteAway(true);
        worker.Show([new ShownClient(99, 1, "PRE imap john")]);

        _memory.Free(slot);

        Assert.Equal([0], _memory.UsedSlots);
        Span<long> sums = _memory.Slot(0);
        Assert.Equal((3, 0, 5), (sums[(int)WorkerWord.Accepted], sums[(int)WorkerWord.Clients], sums[(int)WorkerWord.MostClients]));
        Span<long> block = CounterMemory.Block(sums, 1);
        Assert.Equal((1, 1, 0), (block[3], block[(int)ModuleWord.Outages], block[(int)ModuleWord.Away]));
        Assert.Equal(slot, _memory.Take(18, Time));
        Assert.Equal(0, CounterMemory.Block(_memory.Slot(slot), 1)[3]);
        Assert.Empty(CounterMemory.ShownClients(_memory.Slot(slot)));
    }

    [Fact]
    public void There_are_only_so_many_slots()
    {
        Assert.Equal(
            Enumerable.Range(1, CounterMemory.Slots).Append(0),
            Enumerable.Range(0, CounterMemory.Slots + 1).Select(_ => _memory.Take(1, Time)));
        _memory.Free(0);
        _memory.Free(7);
        Assert.Equal(7, _memory.Take(1, Time));
    }

    [Fact]
    public void Modules_keep_their_places_and_those_beyond_the_last_are_not_counted()
    {
        _memory.Name(["authuserdb", new string('x', 40)]);
        _memory.Name(["authpgsql", "authuserdb"]);
        Assert.Equal(["authuserdb", new string('x', 40), "authpgsql"], _memory.Names);
        _memory.Name(Enumerable.Range(0, 20).Select(static i => $"m{i}"));
        Assert.Equal(CounterMemory.Modules, _memory.Names.Count);
        WorkerCounters worker = _memory.Of(_memory.Take(1, Time));
        worker.Module(-1).Add(ModuleWord.CacheHits);
        worker.Module(CounterMemory.Modules - 1).Add(ModuleWord.CacheHits);
        worker.Show([.. Enumerable.Range(1, CounterMemory.Clients + 1).Select(static i => new ShownClient(i, i, new string('y', 200)))]);
        Assert.Equal(1, CounterMemory.Block(_memory.Slot(1), CounterMemory.Modules - 1)[(int)ModuleWord.CacheHits]);
        Assert.Equal(
            Enumerable.Range(1, CounterMemory.Clients), CounterMemory.ShownClients(_memory.Slot(1)).Select(static client => client.Pid));
        worker.Show([new ShownClient(4, 1, "PRE imap j\u00f6hn")]);
        Assert.Equal([new ShownClient(4, 1, "PRE imap j\u00f6hn")], CounterMemory.ShownClients(_memory.Slot(1)));
    }

    [Fact]
    public void Each_duration_has_its_bucket()
    {
        ModuleCounters module = _memory.Of(_memory.Take(1, Time)).Module(0);
        module.Answered(RequestKind.Lookup, AuthOutcome.Changed, Stopwatch.GetTimestamp() - (Stopwatch.Frequency * 3));
        module.Answered(RequestKind.Lookup, AuthOutcome.Changed, Stopwatch.GetTimestamp() - (Stopwatch.Frequency * 3600));
        long[] buckets = [.. CounterMemory.Block(_memory.Slot(1), 0)[(int)ModuleWord.Histogram..(((int)ModuleWord.Histogram) + CounterMemory.Bounds.Count + 1)]];
        Assert.Equal(1, buckets[CounterMemory.Bounds.ToList().IndexOf(5_000_000)]);
        Assert.Equal(1, buckets[^1]);
        Assert.InRange(module[ModuleWord.Microseconds], 3_603_000_000, 3_700_000_000);
    }

    [Fact]
    public void Memory_of_another_layout_is_refused()
    {
        _words[0]++;
        Assert.Throws<ArgumentException>(() => new CounterMemory(_words));
        Assert.Throws<ArgumentException>(() => new CounterMemory(new long[10]));
    }
}
