// The cache before each kind of server: an outage under load, from fresh answers to those that are too old, and the bytes of replies.
using System.Globalization;
using Authd.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Authd.Tests.Integration.Daemon.Cached;

public abstract class CachedServerTests<TServer>(TServer server, ITestOutputHelper output) : IClassFixture<TServer>
    where TServer : class, ICachedServer, IAsyncLifetime
{
    private const int Clients = 8;

    /// <summary>How long a warm cache is to carry the load: <c>make outage</c> makes it two minutes.</summary>
    private static readonly int Outage = int.Parse(
        Environment.GetEnvironmentVariable("AUTHD_OUTAGE_SECONDS") ?? "6", CultureInfo.InvariantCulture);

    private static readonly OutageTimes Times = new(TimeSpan.FromSeconds(Math.Max(1, Outage / 20)), TimeSpan.FromSeconds(Outage + 4));

    private static bool IsShort => Outage < 60;

    [Fact]
    public async Task An_outage_under_load_serves_what_the_rules_allow_and_nothing_else()
    {
        using CourierSite site = Site(string.Create(
            CultureInfo.InvariantCulture,
            $"[cache]\nsize = 4M\nttl = {Times.Fresh.TotalSeconds:0}\nnegative-ttl = {Times.Fresh.TotalSeconds:0}\nstale = {Times.Stale.TotalSeconds:0}\n"));
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        OutageLoad load = new(daemon.SocketPath, Times, server.HasCram, pause: IsShort ? TimeSpan.FromMilliseconds(3) : TimeSpan.Zero);
        await load.WarmUpAsync(name => InspectTests.RunAsync(site, daemon, "cache", "flush", name));
        using CancellationTokenSource enough = new();
        Task[] clients = [.. Enumerable.Range(0, Clients).Select(client => load.RunAsync(client, enough.Token))];
        await Task.WhenAny([.. clients, load.ServedAsync(enough.Token)]);
        await server.StopAsync();
        load.ServerIsAway();
        try
        {
            await Task.WhenAny([.. clients, load.RefusedAsync(enough.Token)]);
        }
        finally
        {
            load.ServerComesBack();
            await server.StartAsync();
            if (Array.Exists(clients, static client => client.IsFaulted))
            {
                output.WriteLine(string.Join('\n', daemon.LogLines.TakeLast(100)));
            }
        }

        await (Array.Find(clients, static client => client.IsFaulted) ?? load.BackAsync());
        await enough.CancelAsync();
        await Task.WhenAll(clients);
        output.WriteLine($"{server.Name}: {load}");
        Assert.True(load.HasSeenAll, $"all phases came: {load}");
        await daemon.LogHasAsync($"{server.Name}: the back end answers again; meanwhile ");
        Assert.Contains(daemon.LogLines, line => line.StartsWith($"WARN: {server.Name}: the back end is away", StringComparison.Ordinal));
        Assert.Contains(
            daemon.LogLines,
            line => line.Contains("a login was answered from the cache", StringComparison.Ordinal)
                && line.Contains($"service=imap, module={server.Name}", StringComparison.Ordinal));
        Assert.DoesNotContain(daemon.LogLines, line => line.Contains(CachedAccounts.Password(9), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Replies_are_the_same_bytes_as_without_a_cache()
    {
        using CourierSite with = Site("[cache]\nsize = 1M\nttl = 3600\nnegative-ttl = 3600\n");
        using CourierSite without = Site("");
        await using OurDaemon cached = await OurDaemon.StartAsync(with);
        await using OurDaemon plain = await OurDaemon.StartAsync(without);
        string name = CachedAccounts.Name(39);
        string password = CachedAccounts.Password(39);
        foreach (string request in new[]
        {
            Requests.Lookup(name), Requests.Lookup("nobody"), Requests.Login(name, password), Requests.Login("nobody", "x"),
            Requests.Login(name, "wrong"), Requests.Cram("cram-md5", name, password, "<1@x>"), Requests.Cram("cram-sha256", name, "wrong", "<1@x>"),
        })
        {
            string wanted = (await RawClient.AskAsync(plain.SocketPath, request)).Text;
            for (int i = 0; i < 3; i++)
            {
                Assert.Equal(wanted, (await RawClient.AskAsync(cached.SocketPath, request)).Text);
            }
        }
    }

    private CourierSite Site(string cache)
    {
        CourierSite site = new();
        site.WriteAuthdaemonrc(server.Name, daemons: 2);
        site.Write("authdaemond.ini", $"[workers]\nlistening = 2\n{server.Ini}{cache}");
        server.Configure(site);
        return site;
    }
}

public sealed class CachedPostgresTests(CachedPostgres server, ITestOutputHelper output) : CachedServerTests<CachedPostgres>(server, output);

public sealed class CachedMariadbTests(CachedMariadb server, ITestOutputHelper output) : CachedServerTests<CachedMariadb>(server, output);

public sealed class CachedSlapdTests(CachedSlapd server, ITestOutputHelper output) : CachedServerTests<CachedSlapd>(server, output);

public sealed class CachedPipeTests(CachedPipe server, ITestOutputHelper output) : CachedServerTests<CachedPipe>(server, output);
