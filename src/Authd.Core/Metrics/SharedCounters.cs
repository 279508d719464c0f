// The layout of the counters in shared memory: a head, a slot for each worker, and in each slot a block for each module.
using System.Text;

namespace Authd.Core.Metrics;

/// <summary>A worker's own counters, each one word of its slot.</summary>
public enum WorkerWord
{
    /// <summary>The process; 0: the slot is free.</summary>
    Pid,

    /// <summary>Start, in seconds since 1970.</summary>
    Started,

    /// <summary>Clients connected now.</summary>
    Clients,

    /// <summary>The most clients at a time.</summary>
    MostClients,

    /// <summary>Clients accepted.</summary>
    Accepted,

    /// <summary>Requests that were malformed, too long or too slow.</summary>
    BadRequests,

    /// <summary>ENUMERATE requests.</summary>
    Listings,

    /// <summary>Replies to failed logins that are being delayed now.</summary>
    Waiting,

    /// <summary>Replies to failed logins that were delayed.</summary>
    Delayed,

    /// <summary>Log lines dropped.</summary>
    LogLinesLost,

    /// <summary>Answers in the cache now; the workers share one cache.</summary>
    CacheEntries,

    /// <summary>Bytes of these answers.</summary>
    CacheBytes,

    /// <summary>Answers removed to make room for others.</summary>
    CacheEvicted,

    /// <summary>Calls that wait for a thread or run in one now (crypt, name services, C libraries).</summary>
    Blocking,
}

/// <summary>A module's counters in a worker's slot, each one word of the module's block.</summary>
public enum ModuleWord
{
    /// <summary>Nine words: <see cref="RequestKind"/> times <see cref="Verdict"/>.</summary>
    Requests = 0,

    /// <summary>Answers from the cache: an account.</summary>
    CacheHits = 9,

    /// <summary>Answers from the cache: no such user.</summary>
    CacheNegative,

    /// <summary>Answers from the cache after their ttl, during an outage of the back end.</summary>
    CacheStale,

    /// <summary>Requests that the cache could not answer.</summary>
    CacheMisses,

    /// <summary>Outages of the back end.</summary>
    Outages,

    /// <summary>1 during an outage.</summary>
    Away,

    /// <summary>Microseconds of all requests together.</summary>
    Microseconds,

    /// <summary>Connections to servers that are open now.</summary>
    Connections,

    /// <summary>Connections made to servers.</summary>
    Connects,

    /// <summary>Round trips to servers.</summary>
    RoundTrips,

    /// <summary>Microseconds of all round trips together.</summary>
    RoundTripMicroseconds,

    /// <summary>The first word of the histogram of durations; see <see cref="CounterMemory.Bounds"/>.</summary>
    Histogram = 24,
}

/// <summary>The kinds of requests to a module.</summary>
public enum RequestKind
{
    /// <summary>PRE.</summary>
    Lookup,

    /// <summary>AUTH.</summary>
    Login,

    /// <summary>PASSWD.</summary>
    Change,
}

/// <summary>
/// The whole memory. Each worker writes only its own slot, with single additions and without a lock. The supervisor assigns
/// slots, adds up those of workers that have ended, and names the modules. A process that has the memory may read it at any time:
/// each word is consistent by itself.
/// </summary>
public sealed class CounterMemory
{
    /// <summary>Workers that can have a slot at the same time, including
    /// those that are leaving; further ones are not counted.</summary>
    public const int Slots = 256;

    /// <summary>Modules that are counted.</summary>
    public const int Modules = 16;

    /// <summary>Words of a module's block.</summary>
    public const int ModuleWords = 48;

    /// <summary>Clients that a slot shows to <c>authdaemond who</c>.</summary>
    public const int Clients = 64;

    /// <summary>Words of one client: its start, process and request, and 12 words of text.</summary>
    public const int ClientWords = 16;

    private const long Magic = 0x41757468_53746132; // says "AuthSta2": the digit grows with the layout
    private const int MagicAt = 0;
    private const int StartedAt = 1;
    private const int RestartsAt = 2;
    private const int ReloadsAt = 3;
    private const int NamesAt = 8;
    private const int NameWords = 5; // 40 bytes, the longest name of a module
    /// <summary>Words of the head.</summary>
    public const int HeadWords = NamesAt + (Modules * NameWords);
    private const int OwnWords = 32;

    /// <summary>Words of a slot.</summary>
    public const int SlotWords = OwnWords + (Modules * ModuleWords) + (Clients * ClientWords);

    private static readonly int[] UpperBounds =
        [50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000];

    private readonly Memory<long> _words;

    /// <summary>Uses memory that <see cref="Prepare"/> has initialized, or a copy of it.</summary>
    /// <exception cref="ArgumentException">The memory has another layout.</exception>
    public CounterMemory(Memory<long> words)
    {
        _words = words.Length == Words && words.Span[MagicAt] == Magic
            ? words
            : throw new ArgumentException("these counters are those of another version of authdaemond", nameof(words));
    }

    /// <summary>Upper bounds of the histogram's buckets in microseconds; one more bucket takes longer durations.</summary>
    public static IReadOnlyList<int> Bounds => UpperBounds;

    /// <summary>The size in 64-bit words; slot 0 has the sums of workers that have ended.</summary>
    public static int Words => HeadWords + ((Slots + 1) * SlotWords);

    /// <summary>Initializes memory that is all zero.</summary>
    public static void Prepare(Span<long> words, DateTimeOffset now)
    {
        words[StartedAt] = now.ToUnixTimeSeconds();
        words[MagicAt] = Magic;
    }

    /// <summary>The start of the daemon, in seconds since 1970.</summary>
    public long Started => _words.Span[StartedAt];

    /// <summary>Workers that were started in place of one that ended.</summary>
    public long Restarts => _words.Span[RestartsAt];

    /// <summary>Reloads that succeeded.</summary>
    public long Reloads => _words.Span[ReloadsAt];

    /// <summary>The head and the slots in use, for a copy.</summary>
    public IEnumerable<int> UsedSlots =>
        Enumerable.Range(0, Slots + 1).Where(slot => slot == 0 || Slot(slot)[(int)WorkerWord.Pid] != 0);

    /// <summary>The slot's words.</summary>
    public Span<long> Slot(int slot) => _words.Span.Slice(HeadWords + (slot * SlotWords), SlotWords);

    /// <summary>The head's words.</summary>
    public Span<long> Head => _words.Span[..HeadWords];

    /// <summary>The block of the module at <paramref name="place"/> in a slot.</summary>
    public static Span<long> Block(Span<long> slot, int place) => slot.Slice(OwnWords + (place * ModuleWords), ModuleWords);

    /// <summary>The words of a client in a slot.</summary>
    public static Span<long> Client(Span<long> slot, int place) =>
        slot.Slice(OwnWords + (Modules * ModuleWords) + (place * ClientWords), ClientWords);

    /// <summary>The clients that a slot shows.</summary>
    public static IReadOnlyList<ShownClient> ShownClients(Span<long> slot)
    {
        List<ShownClient> clients = [];
        for (int place = 0; place < Clients && Client(slot, place) is var words && words[0] != 0; place++)
        {
            clients.Add(new ShownClient((int)words[1], words[0], ReadText(words[2..])));
        }

        return clients;
    }

    /// <summary>The counters of the worker that has <paramref name="slot"/>.</summary>
    public WorkerCounters Of(int slot) => new(_words.Slice(HeadWords + (slot * SlotWords), SlotWords));

    /// <summary>The names of the modules that have a block, in its order.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            List<string> names = [];
            for (int place = 0; place < Modules && ReadText(NameAt(place)) is { Length: > 0 } name; place++)
            {
                names.Add(name);
            }

            return names;
        }
    }

    /// <summary>Makes a block for each of <paramref name="names"/>; those without room are not counted.</summary>
    public void Name(IEnumerable<string> names)
    {
        List<string> known = [.. Names];
        foreach (string name in names.Except(known).Take(Modules - known.Count))
        {
            WriteText(NameAt(known.Count), name);
            known.Add(name);
        }
    }

    /// <summary>A worker was started in place of one that ended.</summary>
    public void CountRestart() => _words.Span[RestartsAt]++;

    /// <summary>A reload succeeded.</summary>
    public void CountReload() => _words.Span[ReloadsAt]++;

    /// <summary>Assigns a slot to a new worker; 0 when all are taken.</summary>
    public int Take(int pid, DateTimeOffset now)
    {
        for (int slot = 1; slot <= Slots; slot++)
        {
            Span<long> words = Slot(slot);
            if (words[(int)WorkerWord.Pid] == 0)
            {
                words[(int)WorkerWord.Started] = now.ToUnixTimeSeconds();
                Volatile.Write(ref words[(int)WorkerWord.Pid], pid);
                return slot;
            }
        }

        return 0;
    }

    /// <summary>Adds the counts of a worker that has ended to the totals, and frees its slot.</summary>
    public void Free(int slot)
    {
        if (slot == 0)
        {
            return;
        }

        Span<long> words = Slot(slot);
        Span<long> sums = Slot(0);
        foreach (WorkerWord word in new[]
        {
            WorkerWord.Accepted, WorkerWord.BadRequests, WorkerWord.Listings, WorkerWord.Delayed, WorkerWord.LogLinesLost,
        })
        {
            sums[(int)word] += words[(int)word];
        }

        sums[(int)WorkerWord.MostClients] = Math.Max(sums[(int)WorkerWord.MostClients], words[(int)WorkerWord.MostClients]);
        for (int place = 0; place < Modules; place++)
        {
            Span<long> from = Block(words, place);
            Span<long> to = Block(sums, place);
            for (int i = 0; i < ModuleWords; i++)
            {
                to[i] += i is (int)ModuleWord.Away or (int)ModuleWord.Connections ? 0 : from[i];
            }
        }

        words[((int)WorkerWord.Pid + 1)..].Clear();
        Volatile.Write(ref words[(int)WorkerWord.Pid], 0);
    }

    /// <summary>Text of wire chars in words, cut to their size.</summary>
    internal static void WriteText(Span<long> words, string text)
    {
        Span<byte> bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(words);
        bytes.Clear();
        Encoding.Latin1.GetBytes(text.AsSpan(0, Math.Min(text.Length, bytes.Length)), bytes);
    }

    /// <summary>The text written by <see cref="WriteText"/>.</summary>
    internal static string ReadText(ReadOnlySpan<long> words)
    {
        ReadOnlySpan<byte> bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(words);
        return WireText.FromBytes(WireText.UpToNul(bytes));
    }

    private Span<long> NameAt(int place) => _words.Span.Slice(NamesAt + (place * NameWords), NameWords);
}
