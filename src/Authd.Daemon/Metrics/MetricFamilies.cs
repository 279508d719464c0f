// The counters as metrics, with names, units and labels. The dashboard in packaging/examples uses these names.
using System.Globalization;
using Authd.Core.Metrics;

namespace Authd.Daemon.Metrics;

/// <summary>The type of a metric.</summary>
internal enum MetricType
{
    /// <summary>A value that rises and falls.</summary>
    Gauge,

    /// <summary>A value that only rises until the daemon ends.</summary>
    Counter,

    /// <summary>Counts by upper bound.</summary>
    Histogram,
}

/// <summary>One value.</summary>
/// <param name="Suffix">The suffix of the family's name: <c>_total</c>, <c>_bucket</c>, ...</param>
/// <param name="Labels">Name and value of each label.</param>
/// <param name="Value">The value.</param>
internal sealed record MetricSample(string Suffix, IReadOnlyList<(string Name, string Value)> Labels, double Value);

/// <summary>One metric.</summary>
/// <param name="Name">Its name, with unit, without <c>_total</c>.</param>
/// <param name="Type">Its type.</param>
/// <param name="Help">Its description.</param>
/// <param name="Samples">Its values.</param>
internal sealed record MetricFamily(string Name, MetricType Type, string Help, IReadOnlyList<MetricSample> Samples);

/// <summary>Makes metrics of the counters.</summary>
internal static class MetricFamilies
{
    private const double Million = 1e6;
    private static readonly string[] Requests = ["lookup", "login", "change"];
    private static readonly string[] Outcomes = ["rejected", "accepted", "failed"];

    /// <summary>All metrics at this moment.</summary>
    internal static IReadOnlyList<MetricFamily> Of(CounterMemory counters)
    {
        int[] used = [.. counters.UsedSlots];
        long Sum(WorkerWord word) => used.Sum(slot => counters.Slot(slot)[(int)word]);
        long Most(WorkerWord word) => used.Max(slot => counters.Slot(slot)[(int)word]);
        MetricFamily Gauge(string name, string help, double value) =>
            new("authdaemond_" + name, MetricType.Gauge, help, [new MetricSample("", [], value)]);
        MetricFamily Counter(string name, string help, double value) =>
            new("authdaemond_" + name, MetricType.Counter, help, [new MetricSample("_total", [], value)]);
        Table table = new(counters, used);

        return
        [
            // Not "info": the textfile collector of Prometheus' node exporter does not know that type.
            new MetricFamily("authdaemond_build_info", MetricType.Gauge, "The daemon's version.",
                [new MetricSample("", [("version", typeof(MetricFamilies).Assembly.GetName().Version?.ToString(3) ?? "")], 1)]),
            Gauge("start_time_seconds", "When the daemon was started, in seconds since 1970.", counters.Started),
            Gauge("workers", "Worker processes, those that are leaving included.", used.Length - 1),
            Counter("worker_restarts", "Workers that ended without being told to.", counters.Restarts),
            Counter("reloads", "Reloads with files that were good.", counters.Reloads),
            Gauge("clients", "Clients connected now.", Sum(WorkerWord.Clients)),
            Gauge("clients_most", "The most clients that one worker has had at a time.", Most(WorkerWord.MostClients)),
            Counter("clients_accepted", "Clients accepted.", Sum(WorkerWord.Accepted)),
            Counter("bad_requests", "Clients closed without an answer: malformed, too long or too slow.", Sum(WorkerWord.BadRequests)),
            Counter("listings", "ENUMERATE requests.", Sum(WorkerWord.Listings)),
            Gauge("replies_waiting", "Replies to failed logins that wait now.", Sum(WorkerWord.Waiting)),
            Counter("replies_delayed", "Replies to failed logins that were made to wait.", Sum(WorkerWord.Delayed)),
            Gauge("blocking_calls", "Calls that run or wait in threads of their own: hashes, name services, C libraries.", Sum(WorkerWord.Blocking)),
            Counter("log_lines_lost", "Log lines dropped because nobody took them.", Sum(WorkerWord.LogLinesLost)),
            Gauge("cache_entries", "Answers in the cache.", Most(WorkerWord.CacheEntries)),
            Gauge("cache_bytes", "Bytes that they take.", Most(WorkerWord.CacheBytes)),
            Counter("cache_evictions", "Answers that made room for others.", Most(WorkerWord.CacheEvicted)),
            table.Split("requests", MetricType.Counter, "Requests by module, kind and outcome; failed: temporarily.",
                [.. from kind in Enumerable.Range(0, Requests.Length)
                    from verdict in Enumerable.Range(0, Outcomes.Length)
                    select (((string, string)[])[("request", Requests[kind]), ("outcome", Outcomes[verdict])],
                        (int)ModuleWord.Requests + (kind * Outcomes.Length) + verdict)]),
            table.Histogram("request_duration_seconds", "From a module's question to its answer."),
            table.Split("cache_answers", MetricType.Counter, "Answers by the cache; miss: the back end was asked.",
            [
                ([("result", "hit")], (int)ModuleWord.CacheHits),
                ([("result", "negative")], (int)ModuleWord.CacheNegative),
                ([("result", "stale")], (int)ModuleWord.CacheStale),
                ([("result", "miss")], (int)ModuleWord.CacheMisses),
            ]),
            table.Split("backend_away", MetricType.Gauge, "Workers for which the module's back end is away.", [([], (int)ModuleWord.Away)]),
            table.Split("backend_outages", MetricType.Counter, "Times that a worker has lost the back end.", [([], (int)ModuleWord.Outages)]),
            table.Split("backend_connections", MetricType.Gauge, "Connections to servers now.", [([], (int)ModuleWord.Connections)]),
            table.Split("backend_connects", MetricType.Counter, "Connections made to servers.", [([], (int)ModuleWord.Connects)]),
            table.Split("backend_round_trips", MetricType.Counter, "Round trips to servers.", [([], (int)ModuleWord.RoundTrips)]),
            table.Split("backend_round_trip_seconds", MetricType.Counter, "Seconds that they took together.",
                [([], (int)ModuleWord.RoundTripMicroseconds)], Million),
        ];
    }

    /// <summary>The sums of all workers for each module.</summary>
    private sealed class Table
    {
        private readonly IReadOnlyList<string> _names;
        private readonly long[][] _sums;

        internal Table(CounterMemory counters, int[] used)
        {
            _names = counters.Names;
            _sums = [.. _names.Select((_, place) => Add(counters, used, place))];
        }

        internal MetricFamily Split(
            string name, MetricType type, string help, IReadOnlyList<((string, string)[] Labels, int Word)> words, double unit = 1) => new(
            "authdaemond_" + name,
            type,
            help,
            [.. from place in Enumerable.Range(0, _names.Count)
                from word in words
                select new MetricSample(
                    type == MetricType.Counter ? "_total" : "", [("module", _names[place]), .. word.Labels], _sums[place][word.Word] / unit)]);

        internal MetricFamily Histogram(string name, string help) => new(
            "authdaemond_" + name, MetricType.Histogram, help, [.. Enumerable.Range(0, _names.Count).SelectMany(Histogram)]);

        private IEnumerable<MetricSample> Histogram(int place)
        {
            (string, string) module = ("module", _names[place]);
            long count = 0;
            for (int i = 0; i <= CounterMemory.Bounds.Count; i++)
            {
                count += _sums[place][(int)ModuleWord.Histogram + i];
                string bound = i == CounterMemory.Bounds.Count
                    ? "+Inf" : (CounterMemory.Bounds[i] / Million).ToString("0.0#####", CultureInfo.InvariantCulture);
                yield return new MetricSample("_bucket", [module, ("le", bound)], count);
            }

            yield return new MetricSample("_count", [module], count);
            yield return new MetricSample("_sum", [module], _sums[place][(int)ModuleWord.Microseconds] / Million);
        }

        private static long[] Add(CounterMemory counters, int[] used, int place)
        {
            long[] sums = new long[CounterMemory.ModuleWords];
            foreach (int slot in used)
            {
                Span<long> block = CounterMemory.Block(counters.Slot(slot), place);
                for (int i = 0; i < sums.Length; i++)
                {
                    sums[i] += block[i];
                }
            }

            return sums;
        }
    }
}
