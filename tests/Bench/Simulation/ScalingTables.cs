// The tables of docs/SCALING.md, measured and computed: `make scaling`.
using System.Globalization;
using System.Text;
using Authd.Bench.Load;
using Authd.Bench.Report;
using Authd.Bench.Scenarios;
using Authd.Bench.Simulation.Model;
using Authd.Tests.Support;

namespace Authd.Bench.Simulation;

/// <summary>Measures the daemon, has the model predict it, and writes both down.</summary>
/// <param name="testbed">With a PostgreSQL that counts statements.</param>
/// <param name="effort">Rounds and times.</param>
internal sealed class ScalingTables(Testbed testbed, Effort effort)
{
    private const int Single = 1;
    private const int Crowd = 64;
    private const double Tolerance = 0.15;

    // authldap opens further connections as soon as requests wait; those of SQL servers wait for each other longer.
    private const int Several = 4;

    // At this share of its processors' time a server still answers about as fast as an idle one.
    private const double Busy = 0.7;

    // Requests a second in the busiest minute: a host of some ten thousand mailboxes (SCALING.md says how that is counted).
    private const int HostLoad = 500;

    private const int Usual = 16;
    private static readonly int[] Predicted = [4, 8, Usual, 32];
    private static readonly int[] Replicas = [0, 1, 2, 4];
    private readonly Dictionary<Backend, IReadOnlyDictionary<int, LoadReading>> _readings = [];

    private static ModelSite Here => new(Environment.ProcessorCount, Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>Measures, and gives each table by its name in the document.</summary>
    internal async Task<IReadOnlyDictionary<string, string>> MeasureAsync()
    {
        foreach (Backend backend in new[] { Backend.Userdb, Backend.Pgsql, Backend.Mysql, Backend.Ldap, Backend.PgsqlCached })
        {
            _readings[backend] = await MeasureAsync(backend, RequestList.Lookups(backend), [Single, .. Predicted, Crowd]);
        }

        IReadOnlyDictionary<int, LoadReading> logins = await MeasureAsync(
            Backend.Pgsql, RequestList.Logins(Backend.Pgsql, slow: false), [Usual]);
        return new Dictionary<string, string>
        {
            ["machine"] = await Machine.DescribeAsync(testbed),
            ["core"] = Core(),
            ["simulation"] = Simulation(),
            ["server"] = Server(logins[Usual]),
            ["capacity"] = Capacity(),
            ["proxies"] = await ProxiesAsync(),
        };
    }

    private async Task<IReadOnlyDictionary<int, LoadReading>> MeasureAsync(Backend backend, Exchange[] exchanges, int[] loads)
    {
        Console.Error.WriteLine(backend);
        await testbed.StopDaemonsAsync();
        LoadProbe probe = new(await testbed.DaemonAsync(backend, Contender.Ours), exchanges, testbed.Gauge(backend));
        IReadOnlyDictionary<int, LoadReading> readings = await probe.MeasureAsync(loads, effort.Rounds, effort.Duration);
        foreach (LoadReading reading in readings.Values)
        {
            Console.Error.WriteLine(reading);
        }

        return readings;
    }

    /// <summary>The requests a second that one processor serves: the inverse of the daemon's own processor time.</summary>
    private string Core()
    {
        StringBuilder table = new("| lookups from | daemon, us each | one core of the mail host serves | server, us each | one core of the server serves |\n"
            + "|---|--:|--:|--:|--:|\n");
        foreach ((Backend backend, string name) in Rows())
        {
            LoadCost cost = _readings[backend][Usual].Cost;
            table.Append(CultureInfo.InvariantCulture,
                $"| {name} | {cost.Daemon:0.0} | {PerCore(cost.Daemon)} | {(cost.Server is { } each && backend != Backend.PgsqlCached ? $"{Text(each)} | {PerCore(each)}" : "- | -")} |\n");
        }

        return table.ToString();
    }

    private static IEnumerable<(Backend Backend, string Name)> Rows() =>
    [
        (Backend.Userdb, "userdb"), (Backend.PgsqlCached, "pgsql, cached"), (Backend.Pgsql, "pgsql"), (Backend.Mysql, "mysql"),
        (Backend.Ldap, "ldap"),
    ];

    private string Simulation()
    {
        StringBuilder table = new("| lookups from | clients | measured /s | simulated /s | off by | measured, mean us | simulated, mean us | off by |\n"
            + "|---|--:|--:|--:|--:|--:|--:|--:|\n");
        List<double> errors = [];
        foreach ((Backend backend, string name) in Rows().Where(static row => row.Backend != Backend.PgsqlCached))
        {
            IReadOnlyDictionary<int, LoadReading> real = _readings[backend];
            ModelSite site = Here with { Connections = backend == Backend.Ldap ? Several : 1 };
            ModelCosts costs = Calibration.Fit(Load(real[Single]), Load(real[Crowd]), site);
            foreach (int clients in Predicted)
            {
                ModelResult model = DaemonModel.Run(costs, site, clients);
                double rate = (model.PerSecond / real[clients].PerSecond) - 1;
                double latency = (model.Latency / real[clients].Latency) - 1;
                errors.AddRange([Math.Abs(rate), Math.Abs(latency)]);
                table.Append(CultureInfo.InvariantCulture,
                    $"| {name} | {clients} | {real[clients].PerSecond:N0} | {model.PerSecond:N0} | {Percent(rate)} "
                    + $"| {real[clients].Latency:N0} | {model.Latency:N0} | {Percent(latency)} |\n");
            }
        }

        return table.Append(CultureInfo.InvariantCulture,
            $"\n{errors.Count(static error => error <= Tolerance)} of {errors.Count} figures are within {Tolerance:P0}; "
            + $"the worst is off by {errors.Max():P0}. {Noise()}\n").ToString();
    }

    private static MeasuredLoad Load(LoadReading reading) => new(reading.Clients, reading.PerSecond, reading.Latency, reading.Cost);

    private string Noise()
    {
        double most = _readings.Values.SelectMany(static readings => readings.Values).Max(static reading => reading.Foreign);
        return most <= LoadReading.MostForeign
            ? "The machine was quiet: other programs took no more than 5 % of it."
            : string.Create(CultureInfo.InvariantCulture, $"**The machine was not quiet: other programs took up to {most:P0} of it.**");
    }

    private string Server(LoadReading logins)
    {
        StringBuilder table = new("| load | statements a request | connections of one daemon | server, us each |\n|---|--:|--:|--:|\n");
        foreach ((Backend backend, string name) in Rows().Where(static row => row.Backend != Backend.Userdb && row.Backend != Backend.Ldap))
        {
            foreach (int clients in new[] { Single, Usual, Crowd })
            {
                Append($"{name} lookups, {clients} client{(clients == 1 ? "" : "s")}", _readings[backend][clients]);
            }
        }

        Append($"pgsql logins, {Usual} clients", logins);
        return table.ToString();

        void Append(string name, LoadReading reading) => table.Append(CultureInfo.InvariantCulture,
            $"| {name} | {reading.Statements:0.00} | {reading.Connections} | {Text(reading.Cost.Server ?? 0)} |\n");
    }

    /// <summary>Mail hosts of <see cref="HostLoad"/> that a primary of four cores and its replicas carry.</summary>
    private string Capacity()
    {
        const int cores = 4;
        StringBuilder table = new($"| accounts in | {string.Join(" | ", Replicas.Select(static replicas => replicas switch
        {
            0 => "primary alone",
            1 => "and 1 replica",
            _ => $"and {replicas} replicas",
        }))} |\n|---|{string.Concat(Replicas.Select(static _ => "--:|"))}\n");
        foreach ((Backend backend, string name) in Rows().Where(static row => row.Backend is Backend.Pgsql or Backend.Mysql or Backend.Ldap))
        {
            double each = _readings[backend][Single].Cost.Server!.Value;
            table.Append(CultureInfo.InvariantCulture, $"| {name} | {string.Join(" | ", Replicas.Select(
                replicas => Math.Floor(Math.Max(1, replicas) * cores * Busy * 1e6 / each / HostLoad).ToString("N0", CultureInfo.InvariantCulture)))} |\n");
        }

        return table.ToString();
    }

    /// <summary>The same lookups through what people put between.</summary>
    private async Task<string> ProxiesAsync()
    {
        StringBuilder table = new("| authpgsql's server over TCP | lookups /s | mean us | server's connections |\n|---|--:|--:|--:|\n");
        await AppendAsync("direct", testbed.Postgres.Port, "");
        if (PgBouncerServer.IsInstalled)
        {
            await using PgBouncerServer bouncer = await PgBouncerServer.StartNewAsync(testbed.Postgres.Port, poolSize: 3);
            await AppendAsync("PgBouncer, pool_mode = transaction, `prepare = no`", bouncer.Port, "[pgsql]\nprepare = no\n");
            await bouncer.SetModeAsync("session", poolSize: 20);
            await AppendAsync("PgBouncer, pool_mode = session", bouncer.Port, "");
        }

        if (HaproxyServer.IsUnpacked)
        {
            await using HaproxyServer haproxy = await HaproxyServer.StartNewAsync(testbed.Postgres.Port);
            await AppendAsync("HAProxy, mode tcp", haproxy.Port, "");
        }

        return table.ToString();

        async Task AppendAsync(string name, int port, string ini)
        {
            Console.Error.WriteLine(name);
            await testbed.StopDaemonsAsync();
            using CourierSite site = new();
            site.WriteAuthdaemonrc("authpgsql", 5, "DEBUG_LOGIN=0");
            site.Write("authdaemond.ini", ini);
            site.Write("authpgsqlrc", Testbed.SqlRc("PGSQL", string.Create(
                CultureInfo.InvariantCulture, $"PGSQL_CONNECTION host=127.0.0.1 port={port} user=postgres password=secret dbname=postgres sslmode=disable")));
            await using OurDaemon daemon = await OurDaemon.StartAsync(site);
            Exchange[] lookups = RequestList.Lookups(Backend.Pgsql);
            Testbed.WarmUp(daemon, Backend.Pgsql, lookups);
            LoadReading reading = (await new LoadProbe(daemon, lookups, testbed.Gauge(Backend.Pgsql))
                .MeasureAsync([Usual], effort.Rounds, effort.Duration))[Usual];
            table.Append(CultureInfo.InvariantCulture,
                $"| {name} | {reading.PerSecond:N0} | {reading.Latency:N0} | {reading.Connections} |\n");
        }
    }

    private static string PerCore(double microseconds) => string.Create(CultureInfo.InvariantCulture, $"{1e6 / microseconds:N0} /s");

    private static string Text(double microseconds) => microseconds.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:+0;-0;0} %");
}
