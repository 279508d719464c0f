using Authd.Bench.Load;

namespace Authd.Bench.Scenarios;

/// <summary>The load generator's requests: one kind over the whole
/// population, in a random order that is always the same.</summary>
internal static class RequestList
{
    private const int Seed = 20260101;

    /// <summary>A lookup of every account.</summary>
    internal static Exchange[] Lookups(Backend backend) =>
        Shuffled(BenchAccount.All.Select(account => account.Lookup(backend)));

    /// <summary>A lookup of every account, in Dovecot's protocol.</summary>
    internal static Exchange[] DovecotLookups() => Shuffled(BenchAccount.All.Select(account => account.DovecotLookup));

    /// <summary>A login to every account whose hash is fast ({SHA}) or slow (yescrypt).</summary>
    internal static Exchange[] Logins(Backend backend, bool slow) => Shuffled(
        BenchAccount.All.Where(account => account.HasSlowHash == slow).Select(account => account.Login(backend)));

    /// <summary>In an order that is random and always the same.</summary>
    internal static T[] Shuffled<T>(IEnumerable<T> exchanges)
    {
        T[] list = [.. exchanges];
        new Random(Seed).Shuffle(list);
        return list;
    }
}
