using System.Diagnostics;

namespace Authd.Core.Metrics;

/// <summary>A worker's own slot. All threads of the worker may count; no call waits.</summary>
/// <param name="slot">The worker's slot, or private memory.</param>
public sealed class WorkerCounters(Memory<long> slot)
{
    /// <summary>Counts into private memory: for a worker without a slot, and for tests.</summary>
    public static WorkerCounters Unread() => new(new long[CounterMemory.SlotWords]);

    /// <summary>The word's value.</summary>
    public long this[WorkerWord word] => Volatile.Read(ref slot.Span[(int)word]);

    /// <summary>Adds to a word and returns its new value.</summary>
    public long Add(WorkerWord word, long difference = 1) => Interlocked.Add(ref slot.Span[(int)word], difference);

    /// <summary>Sets a word that only the caller's thread sets.</summary>
    public void Set(WorkerWord word, long value) => Volatile.Write(ref slot.Span[(int)word], value);

    /// <summary>The counters of a module.</summary>
    /// <param name="place">Its place among <see cref="CounterMemory.Names"/>; negative: it is not counted.</param>
    public ModuleCounters Module(int place) => place < 0
        ? ModuleCounters.Unread()
        : new ModuleCounters(slot.Slice(
            CounterMemory.SlotWords - (CounterMemory.Clients * CounterMemory.ClientWords)
                - ((CounterMemory.Modules - place) * CounterMemory.ModuleWords),
            CounterMemory.ModuleWords));

    /// <summary>Shows waiting clients to <c>authdaemond who</c>, in place of those shown before; clients beyond the room are left
    /// out. One caller at a time.</summary>
    public void Show(IEnumerable<ShownClient> clients)
    {
        int place = 0;
        foreach (ShownClient client in clients.OrderBy(static client => client.Since).Take(CounterMemory.Clients))
        {
            Span<long> words = CounterMemory.Client(slot.Span, place++);
            words[1] = client.Pid;
            CounterMemory.WriteText(words[2..], client.Asked);
            Volatile.Write(ref words[0], client.Since);
        }

        for (; place < CounterMemory.Clients && CounterMemory.Client(slot.Span, place)[0] != 0; place++)
        {
            CounterMemory.Client(slot.Span, place).Clear();
        }
    }
}

/// <summary>A client as <c>authdaemond who</c> shows it.</summary>
/// <param name="Pid">Its process; 0: not known.</param>
/// <param name="Since">Its arrival, in milliseconds since 1970.</param>
/// <param name="Asked">The request without a password; wire text.</param>
public readonly record struct ShownClient(int Pid, long Since, string Asked);

/// <summary>One module's block in a worker's slot.</summary>
/// <param name="block">The block, or private memory.</param>
public sealed class ModuleCounters(Memory<long> block)
{
    private static readonly double MicrosecondsPerTick = 1e6 / Stopwatch.Frequency;

    /// <summary>Counts into private memory.</summary>
    public static ModuleCounters Unread() => new(new long[CounterMemory.ModuleWords]);

    /// <summary>The word's value.</summary>
    public long this[ModuleWord word] => Volatile.Read(ref block.Span[(int)word]);

    /// <summary>Adds to a word.</summary>
    public void Add(ModuleWord word, long difference = 1) => Interlocked.Add(ref block.Span[(int)word], difference);

    /// <summary>Sets a word that is not a sum.</summary>
    public void Set(ModuleWord word, long value) => Volatile.Write(ref block.Span[(int)word], value);

    /// <summary>Counts a round trip to a server.</summary>
    public void RoundTrip(TimeSpan took)
    {
        Add(ModuleWord.RoundTrips);
        Add(ModuleWord.RoundTripMicroseconds, (long)took.TotalMicroseconds);
    }

    /// <summary>Counts an answer and its duration.</summary>
    /// <param name="kind">The kind of request.</param>
    /// <param name="outcome">The answer.</param>
    /// <param name="start">The <see cref="Stopwatch.GetTimestamp"/> of the request.</param>
    public void Answered(RequestKind kind, in AuthOutcome outcome, long start)
    {
        long microseconds = (long)((Stopwatch.GetTimestamp() - start) * MicrosecondsPerTick);
        Span<long> words = block.Span;
        Interlocked.Increment(ref words[(int)ModuleWord.Requests + ((int)kind * 3) + (int)outcome.Verdict]);
        Interlocked.Add(ref words[(int)ModuleWord.Microseconds], microseconds);
        int bucket = 0;
        while (bucket < CounterMemory.Bounds.Count && microseconds > CounterMemory.Bounds[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref words[(int)ModuleWord.Histogram + bucket]);
    }

    /// <summary>Records whether the back end is away now; a change to true begins an outage.</summary>
    public void NoteAway(bool away)
    {
        Span<long> words = block.Span;
        if (away != (Volatile.Read(ref words[(int)ModuleWord.Away]) != 0)
            && Interlocked.Exchange(ref words[(int)ModuleWord.Away], away ? 1 : 0) == 0 && away)
        {
            Interlocked.Increment(ref words[(int)ModuleWord.Outages]);
        }
    }
}
