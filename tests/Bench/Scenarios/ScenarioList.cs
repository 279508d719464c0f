using System.Globalization;
using Authd.Bench.Measure;

namespace Authd.Bench.Scenarios;

/// <summary>The scenarios of `make bench` with their targets, in order.</summary>
internal static class ScenarioList
{
    private const int ManyClients = 64;
    private const int SomeClients = 16;
    private static readonly int[] ClientCounts = [1, 4, SomeClients, ManyClients];
    private static readonly int[] FewerClients = [1, 4, SomeClients];
    private static readonly int[] SilentCounts = [0, 5, 50, 500];
    private static readonly Panel Userdb = new("throughput.svg", "userdb lookups a second", "clients");
    private static readonly Panel Pgsql = new("throughput.svg", "pgsql lookups a second, server on this machine", "clients");
    private static readonly Panel Far = new("throughput.svg", "pgsql lookups a second, server 2 ms away", "clients");
    private static readonly Panel Cpu = new("cpu.svg", "CPU time of the daemon a request, microseconds", "16 clients");

    /// <summary>Everything.</summary>
    internal static IReadOnlyList<Scenario> All { get; } =
    [
        // First, while no other daemon runs.
        new SizeScenario(),
        new MemoryScenario("memory-userdb", Backend.Userdb, "userdb only", null),
        new MemoryScenario("memory-pgsql", Backend.Pgsql, "pgsql open", Target.OursAtMost(10)),
        new MemoryScenario("memory-mysql", Backend.Mysql, "mysql open", null),
        new MemoryScenario("memory-sqlite", Backend.Sqlite, "sqlite open", null),
        new MemoryScenario("memory-ldap", Backend.Ldap, "ldap open", null),
        new StartScenario("start-userdb", Backend.Userdb, "userdb"),
        new StartScenario("start-pgsql", Backend.Pgsql, "pgsql"),
        new MakeUserdbScenario(100_000),
        .. ClientCounts.Select(UserdbLookups),
        .. ClientCounts.Select(PgsqlLookups),
        .. FewerClients.Select(CachedLookups),
        .. FewerClients.Select(clients => LookupsOf("mysql", Backend.Mysql, clients)),
        .. FewerClients.Select(clients => LookupsOf("sqlite", Backend.Sqlite, clients)),
        .. FewerClients.Select(clients => LookupsOf("ldap", Backend.Ldap, clients)),
        FarLookups("far", Backend.PgsqlFar, 2, 1, null),
        FarLookups("far", Backend.PgsqlFar, 2, ManyClients, Target.RatioAtLeast(10)),
        FarLookups("far1ms", Backend.PgsqlFar1, 1, 1, null),
        FarLookups("far1ms", Backend.PgsqlFar1, 1, ManyClients, null),
        FarLookups("far4ms", Backend.PgsqlFar4, 4, 1, null),
        FarLookups("far4ms", Backend.PgsqlFar4, 4, ManyClients, null),
        Logins("login-sha-userdb", "userdb logins, {SHA}", Backend.Userdb, slow: false, "userdb login {SHA}"),
        Logins("login-sha-pgsql", "pgsql logins, {SHA}", Backend.Pgsql, slow: false, "pgsql login {SHA}"),
        Logins("login-yescrypt", "userdb logins, yescrypt", Backend.Userdb, slow: true, null),
        .. FewerClients.Select(clients => SaslLogins(clients, keepsConnection: true)),
        .. FewerClients.Select(clients => SaslLogins(clients, keepsConnection: false)),
        new SlowHashScenario(),
        .. SilentCounts.Select(count => new SilentScenario(count)),
    ];

    private static LoadScenario UserdbLookups(int clients) => new(
        Numbered("userdb", clients), "userdb lookups", Backend.Userdb, clients, RequestList.Lookups(Backend.Userdb))
    {
        Throughput = clients == SomeClients ? Target.RatioAtLeast(2) : null,
        ThroughputPlot = new PlotPoint(Userdb, Text(clients)),
        Cpu = clients == SomeClients ? Target.RatioAtMost(0.5) : null,
        CpuPlot = clients == SomeClients ? new PlotPoint(Cpu, "userdb lookup") : null,
    };

    private static LoadScenario PgsqlLookups(int clients) => new(
        Numbered("pgsql", clients), "pgsql lookups", Backend.Pgsql, clients, RequestList.Lookups(Backend.Pgsql))
    {
        DovecotExchanges = RequestList.DovecotLookups(),
        Throughput = clients switch
        {
            1 => Target.RatioAtLeast(1.2),
            4 => Target.RatioAtLeast(1.5),
            SomeClients => Target.RatioAtLeast(2),
            _ => null,
        },
        ThroughputPlot = new PlotPoint(Pgsql, Text(clients)),
        CpuPlot = clients == SomeClients ? new PlotPoint(Cpu, "pgsql lookup") : null,
    };

    /// <summary>Ours with [cache] and Dovecot's with auth_cache beside C, which asks the server each time.</summary>
    private static LoadScenario CachedLookups(int clients) => new(
        Numbered("pgsql-cached", clients), "pgsql lookups, cached", Backend.PgsqlCached, clients, RequestList.Lookups(Backend.PgsqlCached))
    {
        DovecotExchanges = RequestList.DovecotLookups(),
        Throughput = clients == SomeClients ? Target.RatioAtLeast(2.5) : null,
        CpuPlot = clients == SomeClients ? new PlotPoint(Cpu, "pgsql lookup, cached") : null,
    };

    private static LoadScenario LookupsOf(string name, Backend backend, int clients) => new(
        Numbered(name, clients), $"{name} lookups", backend, clients, RequestList.Lookups(backend))
    {
        CpuPlot = clients == SomeClients ? new PlotPoint(Cpu, $"{name} lookup") : null,
    };

    /// <summary>Only one distance has a picture of its own.</summary>
    private static LoadScenario FarLookups(string name, Backend backend, int milliseconds, int clients, Target? target) => new(
        Numbered(name, clients), $"pgsql lookups, {Text(milliseconds)} ms away", backend, clients, RequestList.Lookups(backend))
    {
        DovecotExchanges = RequestList.DovecotLookups(),
        Throughput = target,
        ThroughputPlot = backend == Backend.PgsqlFar ? new PlotPoint(Far, Text(clients)) : null,
    };

    private static LoadScenario Logins(string name, string what, Backend backend, bool slow, string? category) => new(
        name, what, backend, SomeClients, RequestList.Logins(backend, slow))
    {
        CpuPlot = category is null ? null : new PlotPoint(Cpu, category),
    };

    private static SaslScenario SaslLogins(int clients, bool keepsConnection) => new(
        Numbered(keepsConnection ? "sasl" : "sasl-anew", clients),
        keepsConnection ? "SMTP logins (C: Cyrus SASL)" : "SMTP logins, a connection each (C: Cyrus SASL)",
        clients,
        keepsConnection);

    private static string Numbered(string name, int clients) => $"{name}-{Text(clients)}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
