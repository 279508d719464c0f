// The changes that invalidate cached answers, in memory that all workers share.
using System.Runtime.InteropServices;
using Authd.Core.Penalty;

namespace Authd.Core.Cache;

/// <summary>The counters of <see cref="ChangeTable"/> for an account at the time when its answer was stored.</summary>
/// <param name="Name">The counter of the requested name.</param>
/// <param name="Address">The counter of the account's address.</param>
/// <param name="Home">The counter of its home and mailbox.</param>
/// <param name="Sum">The sum of the three, and of the number of flushes.</param>
public readonly record struct ChangeStamp(int Name, int Address, int Home, long Sum);

/// <summary>
/// Counters by keyed hash of a name. A change of an account increments them before it is confirmed; a reader of a cached answer
/// compares them. Two names that share a counter only invalidate each other's answers. Counters only grow, so a sum of several
/// changes whenever one of them does.
/// </summary>
/// <remarks>
/// An answer counts only if no change was counted between the moment before the server was asked (<see cref="Changes"/>) and the
/// moment after its stamp was taken, because it may date from before the change. So a change increments <see cref="Changes"/>
/// first and then the account's counters, and a reader reads them in the opposite order.
/// </remarks>
public sealed class ChangeTable
{
    private const long Magic = 0x41757468_43686731; // says "AuthChg1"
    private const int MagicAt = 0;
    /// <summary>The length of the key, in 64-bit words.</summary>
    public const int KeyWords = 2;

    private const int KeyAt = 1;
    private const int FlushesAt = 3;
    private const int ChangesAt = 4;
    private const int HeaderWords = 8;
    private const int Buckets = 16_384;

    private readonly Memory<long> _words;
    private readonly SipHash _hash;

    /// <summary>Uses a table that <see cref="Prepare"/> has initialized.</summary>
    /// <exception cref="ArgumentException">The memory holds no table.</exception>
    public ChangeTable(Memory<long> words)
    {
        Span<long> span = words.Span;
        if (span.Length != Words || span[MagicAt] != Magic)
        {
            throw new ArgumentException("not a table of changes", nameof(words));
        }

        _words = words;
        _hash = new SipHash((ulong)span[KeyAt], (ulong)span[KeyAt + 1]);
    }

    /// <summary>The size of a table, in 64-bit words.</summary>
    public static int Words => HeaderWords + Buckets;

    /// <summary>Begins a table in memory that is all zero.</summary>
    /// <param name="words">The memory.</param>
    /// <param name="key"><see cref="KeyWords"/> random words.</param>
    public static void Prepare(Span<long> words, ReadOnlySpan<long> key)
    {
        key[..KeyWords].CopyTo(words[KeyAt..]);
        words[MagicAt] = Magic;
    }

    /// <summary>The number of changes and flushes.</summary>
    public long Changes => Volatile.Read(ref _words.Span[ChangesAt]);

    /// <summary>The stamp for an answer about <paramref name="name"/>.</summary>
    /// <param name="name">The requested name.</param>
    /// <param name="account">The answer; <c>null</c>: the account does not exist.</param>
    public ChangeStamp Stamp(string name, Account? account)
    {
        int asked = Bucket(name);
        ChangeStamp stamp = account is null
            ? new ChangeStamp(asked, asked, asked, 0)
            : new ChangeStamp(asked, Bucket(account.Address ?? name), Bucket(Place(account)), 0);
        return stamp with { Sum = SumOf(stamp) };
    }

    /// <summary>Nothing has changed since the stamp was taken.</summary>
    public bool IsCurrent(in ChangeStamp stamp) => SumOf(stamp) == stamp.Sum;

    /// <summary>Invalidates all answers about <paramref name="name"/>, requested by that name or with it as address.</summary>
    public void Forget(string name)
    {
        Count(ChangesAt);
        Count(HeaderWords + Bucket(name));
    }

    /// <summary>The same for all other names of <paramref name="account"/> as well.</summary>
    public void Forget(string name, Account account)
    {
        Forget(name);
        Count(HeaderWords + Bucket(account.Address ?? name));
        Count(HeaderWords + Bucket(Place(account)));
    }

    /// <summary>Invalidates all answers.</summary>
    public void ForgetAll()
    {
        Count(ChangesAt);
        Count(FlushesAt);
    }

    /// <summary>The mailbox, which aliases share even if a statement gives each an address of its own.</summary>
    private static string Place(Account account) => $"{account.Home}\0{account.Maildir}";

    private void Count(int at) => Interlocked.Increment(ref _words.Span[at]);

    private long SumOf(in ChangeStamp stamp)
    {
        Span<long> words = _words.Span;
        return Volatile.Read(ref words[FlushesAt])
            + Volatile.Read(ref words[HeaderWords + stamp.Name])
            + Volatile.Read(ref words[HeaderWords + stamp.Address])
            + Volatile.Read(ref words[HeaderWords + stamp.Home]);
    }

    /// <summary>The counter of a name. Case does not matter, because many servers treat John and john as the same.</summary>
    private int Bucket(string text) =>
        (int)(_hash.Of(MemoryMarshal.AsBytes(text.ToLowerInvariant().AsSpan())) & (Buckets - 1));
}
