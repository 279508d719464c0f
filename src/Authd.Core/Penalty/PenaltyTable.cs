using System.Security.Cryptography;

namespace Authd.Core.Penalty;

/// <summary>The kinds of counts. Each kind has a third of the table, so that a flood of one cannot push out another.</summary>
public enum PenaltyKind
{
    /// <summary>An address: its failures with any name.</summary>
    Address,

    /// <summary>A name: its failures from anywhere.</summary>
    Name,

    /// <summary>A name from one address: the failures that a success takes back, and the last wrong passwords.</summary>
    Pair,
}

/// <summary>
/// The failed logins counted by all workers, in memory that they share. Counters are found by keyed hash, in sets of
/// <see cref="Ways"/>; a new one replaces a forgotten one, or else the one that has not changed for longest. A counter is one
/// 64-bit word, changed only by compare-and-exchange: a worker that is killed leaves neither a lock nor a partial update behind.
/// Wrong passwords are hashes under the table's random key, which include name and address; if two workers write them at once,
/// one of the two is lost.
/// </summary>
public sealed class PenaltyTable
{
    /// <summary>Counters in a set.</summary>
    public const int Ways = 8;

    /// <summary>Sets of each kind in the daemon's table: 32768 counters of each kind, 3 MiB in all.</summary>
    public const int UsualSets = 4096;

    /// <summary>The highest count.</summary>
    public const int MostCounted = (1 << CountBits) - 1;

    private const int Kinds = 3;
    private const int HeaderWords = 8;
    private const long Magic = 0x41757468_50656e31; // says "AuthPen1"
    private const int MagicAt = 0;
    /// <summary>The length of the key, in 64-bit words.</summary>
    public const int KeyWords = 2;

    private const int KeyAt = 1;
    private const int LastFailureAt = 3;

    private const int SlotWords = 4;
    private const int Secrets = SlotWords - 1;

    // A counter: count (8 bits), second of the last change (28), tag (28). Zero: free.
    private const int CountBits = 8;
    private const int TimeBits = 28;
    private const ulong TimeMask = (1 << TimeBits) - 1;

    /// <summary>Lost races against other workers after which a failure stays uncounted.</summary>
    private const int Tries = 16;

    private readonly Memory<long> _words;
    private readonly TimeProvider _time;
    private readonly ulong _forgetAfter;
    private readonly int _sets;
    private readonly SipHash _hash;

    /// <summary>Uses a table that <see cref="Prepare"/> has initialized.</summary>
    /// <param name="words">The memory.</param>
    /// <param name="forgetAfter">A counter that has not changed for this long is forgotten.</param>
    /// <param name="time">The clock that all processes with this memory share: the machine's time since its start.</param>
    /// <exception cref="ArgumentException">The memory holds no table.</exception>
    public PenaltyTable(Memory<long> words, TimeSpan forgetAfter, TimeProvider time)
    {
        Span<long> span = words.Span;
        _sets = (span.Length - HeaderWords) / (Kinds * Ways * SlotWords);
        if (_sets == 0 || Words(_sets) != span.Length || (_sets & (_sets - 1)) != 0 || span[MagicAt] != Magic)
        {
            throw new ArgumentException("not a table of penalties", nameof(words));
        }

        _words = words;
        _time = time;
        _forgetAfter = (ulong)forgetAfter.TotalSeconds;
        _hash = new SipHash((ulong)span[KeyAt], (ulong)span[KeyAt + 1]);
    }

    /// <summary>The size of a table, in 64-bit words.</summary>
    /// <param name="sets">Sets of each kind, a power of 2.</param>
    public static int Words(int sets) => HeaderWords + (sets * Kinds * Ways * SlotWords);

    /// <summary>Begins a table in memory that is all zero.</summary>
    /// <param name="words">The memory.</param>
    /// <param name="key"><see cref="KeyWords"/> random words.</param>
    public static void Prepare(Span<long> words, ReadOnlySpan<long> key)
    {
        key[..KeyWords].CopyTo(words[KeyAt..]);
        words[MagicAt] = Magic;
    }

    /// <summary>No failure is remembered, the usual state on most machines: lookups can be skipped.</summary>
    public bool IsQuiet => Volatile.Read(ref _words.Span[LastFailureAt]) is var last && (last == 0 || Age((ulong)last) > _forgetAfter);

    /// <summary>The key of <paramref name="bytes"/>; <paramref name="use"/> keeps different kinds of values apart.</summary>
    public ulong Key(int use, ulong prefix, ReadOnlySpan<byte> bytes)
    {
        byte[] message = new byte[sizeof(int) + sizeof(ulong) + bytes.Length];
        BitConverter.TryWriteBytes(message, use);
        BitConverter.TryWriteBytes(message.AsSpan(sizeof(int)), prefix);
        bytes.CopyTo(message.AsSpan(sizeof(int) + sizeof(ulong)));
        ulong key = _hash.Of(message);
        CryptographicOperations.ZeroMemory(message);
        return key;
    }

    /// <summary>The count.</summary>
    public int Count(PenaltyKind kind, ulong key) =>
        Find(kind, key) is >= 0 and var at && Volatile.Read(ref _words.Span[at]) is var state && IsOf((ulong)state, key)
            ? CountOf((ulong)state)
            : 0;

    /// <summary>Adds one and returns the new count.</summary>
    public int Add(PenaltyKind kind, ulong key)
    {
        Span<long> words = _words.Span;
        for (int i = 0; i < Tries; i++)
        {
            int at = Find(kind, key);
            bool isNew = at < 0;
            at = isNew ? Victim(kind, key) : at;
            long old = Volatile.Read(ref words[at]);
            if (!isNew && !IsOf((ulong)old, key))
            {
                continue;
            }

            int count = isNew ? 1 : Math.Min(CountOf((ulong)old) + 1, MostCounted);
            if (Interlocked.CompareExchange(ref words[at], Pack(key, count, Now), old) == old)
            {
                if (isNew)
                {
                    words.Slice(at + 1, Secrets).Clear();
                }

                Volatile.Write(ref words[LastFailureAt], (long)Now | 1);
                return count;
            }
        }

        return 1;
    }

    /// <summary>Subtracts <paramref name="part"/> from the count; its time stays.</summary>
    public void Subtract(PenaltyKind kind, ulong key, int part)
    {
        Span<long> words = _words.Span;
        for (int i = 0; i < Tries && Find(kind, key) is >= 0 and var at; i++)
        {
            long old = Volatile.Read(ref words[at]);
            int left = CountOf((ulong)old) - part;
            long next = left <= 0 ? 0 : Pack(key, left, TimeOf((ulong)old));
            if (IsOf((ulong)old, key) && Interlocked.CompareExchange(ref words[at], next, old) == old)
            {
                return;
            }
        }
    }

    /// <summary>Whether <paramref name="secret"/> is among those remembered last; if so, it is kept for longer.</summary>
    public bool Knows(ulong pair, ulong secret)
    {
        if (Find(PenaltyKind.Pair, pair) is not (>= 0 and var at))
        {
            return false;
        }

        Span<long> words = _words.Span;
        for (int i = 1; i <= Secrets; i++)
        {
            if (Volatile.Read(ref words[at + i]) == (long)secret)
            {
                long old = Volatile.Read(ref words[at]);
                if (IsOf((ulong)old, pair))
                {
                    // A lost race does not matter: another worker has just done the same, or more.
                    Interlocked.CompareExchange(ref words[at], Pack(pair, CountOf((ulong)old), Now), old);
                }

                return true;
            }
        }

        return false;
    }

    /// <summary>Remembers <paramref name="secret"/> in place of the oldest one.</summary>
    public void Remember(ulong pair, ulong secret)
    {
        if (Find(PenaltyKind.Pair, pair) is >= 0 and var at)
        {
            Span<long> words = _words.Span;
            int count = CountOf((ulong)Volatile.Read(ref words[at]));
            Volatile.Write(ref words[at + 1 + (count % Secrets)], (long)secret);
        }
    }

    private ulong Now => (ulong)(_time.GetTimestamp() / _time.TimestampFrequency) & TimeMask;

    /// <summary>The counter's place, or -1.</summary>
    private int Find(PenaltyKind kind, ulong key)
    {
        int first = FirstOfSet(kind, key);
        for (int at = first; at < first + (Ways * SlotWords); at += SlotWords)
        {
            if (IsOf((ulong)Volatile.Read(ref _words.Span[at]), key))
            {
                return at;
            }
        }

        return -1;
    }

    /// <summary>The slot of the set that is free or forgotten, or else has not changed for longest.</summary>
    private int Victim(PenaltyKind kind, ulong key)
    {
        int first = FirstOfSet(kind, key);
        int victim = first;
        ulong oldest = 0;
        for (int at = first; at < first + (Ways * SlotWords); at += SlotWords)
        {
            ulong state = (ulong)Volatile.Read(ref _words.Span[at]);
            if (!IsLive(state))
            {
                return at;
            }

            if (Age(TimeOf(state)) >= oldest)
            {
                (victim, oldest) = (at, Age(TimeOf(state)));
            }
        }

        return victim;
    }

    private int FirstOfSet(PenaltyKind kind, ulong key) =>
        HeaderWords + ((((int)kind * _sets) + (int)(key & (ulong)(_sets - 1))) * Ways * SlotWords);

    private bool IsOf(ulong state, ulong key) => Tag(state) == Tag(key) && IsLive(state);

    private bool IsLive(ulong state) => state != 0 && Age(TimeOf(state)) <= _forgetAfter;

    /// <summary>Another worker's clock reading may be slightly later than ours; its age is then 0.</summary>
    private ulong Age(ulong time) => ((Now - time) & TimeMask) is var age && age > TimeMask / 2 ? 0 : age;

    private static ulong Tag(ulong stateOrKey) => stateOrKey >> (CountBits + TimeBits);

    private static ulong TimeOf(ulong state) => (state >> CountBits) & TimeMask;

    private static int CountOf(ulong state) => (int)(state & MostCounted);

    private static long Pack(ulong key, int count, ulong time) =>
        (long)((Tag(key) << (CountBits + TimeBits)) | (time << CountBits) | (uint)count);
}
