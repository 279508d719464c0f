using System.Globalization;
using System.Text;
using Authd.Core.Metrics;

namespace Authd.Daemon.Metrics;

/// <summary>Formats counters, or the difference between two copies of them, for `authdaemond stats` and `top`.</summary>
internal static class StatsTable
{
    private const int Verdicts = 3;

    /// <summary>The whole table.</summary>
    /// <param name="now">The counters.</param>
    /// <param name="time">The time.</param>
    /// <param name="before">An earlier copy; with one, the table shows rates since then instead of sums.</param>
    /// <param name="seconds">The time since then.</param>
    internal static string Of(CounterMemory now, DateTimeOffset time, CounterMemory? before = null, double seconds = 1)
    {
        StringBuilder text = new();
        int[] used = [.. now.UsedSlots];
        long Sum(WorkerWord word) => used.Sum(slot => now.Slot(slot)[(int)word]);
        long Most(WorkerWord word) => used.Max(slot => now.Slot(slot)[(int)word]);
        TimeSpan age = time - DateTimeOffset.FromUnixTimeSeconds(now.Started);
        text.Append(CultureInfo.InvariantCulture, $"""
            running    {Age(age)}, {used.Length - 1} workers, {now.Restarts} ended unasked, {now.Reloads} reloads
            clients    {Sum(WorkerWord.Clients)} now, {Most(WorkerWord.MostClients)} at most in a worker, {Sum(WorkerWord.Accepted)} accepted, {Sum(WorkerWord.BadRequests)} bad requests, {Sum(WorkerWord.Listings)} lists
            penalties  {Sum(WorkerWord.Waiting)} replies wait, {Sum(WorkerWord.Delayed)} have waited
            cache      {Most(WorkerWord.CacheEntries)} answers, {Most(WorkerWord.CacheBytes) / 1024} KiB, {Most(WorkerWord.CacheEvicted)} made room
            threads    {Sum(WorkerWord.Blocking)} blocking calls (hashes, name services, libraries) run or wait
            log        {Sum(WorkerWord.LogLinesLost)} lines lost


            """);
        IReadOnlyList<string> names = now.Names;
        string unit = before is null ? "" : "/s";
        text.Append(Row("module", "lookups" + unit, "logins" + unit, "changes" + unit, "rejected" + unit, "failed" + unit, "p50 ms", "p99 ms",
            "cached" + unit, "stale" + unit, "asked" + unit, "server"));
        for (int place = 0; place < names.Count; place++)
        {
            long[] block = Sums(now, place);
            long[] connections = [.. block];
            if (before is not null)
            {
                long[] old = Sums(before, place);
                block = [.. block.Select((value, i) => value - old[i])];
            }

            long Kind(RequestKind kind) => block.AsSpan((int)ModuleWord.Requests + ((int)kind * Verdicts), Verdicts).ToArray().Sum();
            long Outcome(int verdict) => Enumerable.Range(0, Verdicts).Sum(kind => block[(kind * Verdicts) + verdict]);
            string Count(long value) => before is null
                ? value.ToString(CultureInfo.InvariantCulture)
                : (value / seconds).ToString("0.#", CultureInfo.InvariantCulture);
            long cached = block[(int)ModuleWord.CacheHits] + block[(int)ModuleWord.CacheNegative];
            text.Append(Row(
                names[place],
                Count(Kind(RequestKind.Lookup)),
                Count(Kind(RequestKind.Login)),
                Count(Kind(RequestKind.Change)),
                Count(Outcome(0)),
                Count(Outcome(2)),
                Percentile(block, 0.5),
                Percentile(block, 0.99),
                Count(cached),
                Count(block[(int)ModuleWord.CacheStale]),
                Count(block[(int)ModuleWord.CacheMisses]),
                Server(connections)));
        }

        return text.ToString();
    }

    /// <summary>The waiting clients, oldest first.</summary>
    internal static string Clients(CounterMemory counters, DateTimeOffset time, Func<int, string> process)
    {
        StringBuilder text = new();
        List<(int Worker, ShownClient Client)> clients = [];
        long connected = 0;
        foreach (int slot in counters.UsedSlots.Where(static slot => slot != 0))
        {
            Span<long> words = counters.Slot(slot);
            int worker = (int)words[(int)WorkerWord.Pid];
            connected += words[(int)WorkerWord.Clients];
            clients.AddRange(CounterMemory.ShownClients(words).Select(client => (worker, client)));
        }

        text.Append(CultureInfo.InvariantCulture, $"{connected} clients are connected; of those that waited a moment ago:\n");
        text.Append(CultureInfo.InvariantCulture, $"{"worker",-8}{"client",-8}{"program",-18}{"for s",7}  asked\n");
        foreach ((int worker, ShownClient client) in clients.OrderBy(static one => one.Client.Since))
        {
            double age = (time.ToUnixTimeMilliseconds() - client.Since) / 1000.0;
            text.Append(CultureInfo.InvariantCulture,
                $"{worker,-8}{client.Pid,-8}{process(client.Pid),-18}{age,7:0.0}  {Core.Logging.Log.Clean(client.Asked)}\n");
        }

        return text.ToString();
    }

    private static string Row(string module, params string[] cells) =>
        $"{module,-12}{string.Concat(cells.Select(static cell => $"{cell,12}"))}".TrimEnd() + '\n';

    private static string Server(long[] block)
    {
        if (block[(int)ModuleWord.Away] != 0)
        {
            return "away";
        }

        return block[(int)ModuleWord.Connects] == 0
            ? "-"
            : string.Create(CultureInfo.InvariantCulture, $"{block[(int)ModuleWord.Connections]} conn.");
    }

    /// <summary>The upper bound of the bucket that this part of all requests does not exceed.</summary>
    private static string Percentile(long[] block, double part)
    {
        ReadOnlySpan<long> buckets = block.AsSpan((int)ModuleWord.Histogram, CounterMemory.Bounds.Count + 1);
        long all = 0;
        foreach (long bucket in buckets)
        {
            all += bucket;
        }

        long seen = 0;
        for (int i = 0; i < CounterMemory.Bounds.Count && all > 0; i++)
        {
            seen += buckets[i];
            if (seen >= part * all)
            {
                return "<" + (CounterMemory.Bounds[i] / 1000.0).ToString("0.##", CultureInfo.InvariantCulture);
            }
        }

        return all == 0 ? "-" : ">" + (CounterMemory.Bounds[^1] / 1000).ToString(CultureInfo.InvariantCulture);
    }

    private static long[] Sums(CounterMemory counters, int place)
    {
        long[] sums = new long[CounterMemory.ModuleWords];
        foreach (int slot in counters.UsedSlots)
        {
            Span<long> block = CounterMemory.Block(counters.Slot(slot), place);
            for (int i = 0; i < sums.Length; i++)
            {
                sums[i] += block[i];
            }
        }

        return sums;
    }

    private static string Age(TimeSpan age) => age switch
    {
        { TotalDays: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{age.Days} d {age.Hours} h"),
        { TotalHours: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{age.Hours} h {age.Minutes} min"),
        { TotalMinutes: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{age.Minutes} min {age.Seconds} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, age.Seconds)} s"),
    };
}
