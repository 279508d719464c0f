// The cache before a real PostgreSQL: changes of passwords, flushes, and what is never answered from it. Outages: Cached/.
using System.Globalization;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Daemon;

public sealed class CacheTests(CacheTests.Database database) : IClassFixture<CacheTests.Database>
{
    private const int Accounts = 40;
    private const string Patient = "[workers]\nlistening = 2\n";
    private const string Long = $"{Patient}[cache]\nsize = 1M\nttl = 3600\nnegative-ttl = 3600\n";
    private const string Short = $"{Patient}[cache]\nsize = 1M\nttl = 1\nnegative-ttl = 1\nstale = 3600\n";

    [Fact]
    public async Task A_worker_that_takes_another_one_s_place_knows_what_that_knew()
    {
        using CourierSite site = Site(Long, daemons: 1);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await WorkersTests.HasWorkersAsync(daemon, 1);
        int worker = daemon.Workers[0];
        await AskAsync(daemon, Requests.Lookup(Name(2)));
        await SetHomeAsync(2, "/elsewhere");
        await ProcessRunner.SignalAsync(worker, "KILL");
        await Eventually.IsTrueAsync(() => daemon.Workers is [var other] && other != worker, "the new worker");
        Assert.DoesNotContain("/elsewhere", await AskAsync(daemon, Requests.Lookup(Name(2))), StringComparison.Ordinal);
        Assert.Contains("authdaemond_worker_restarts_total 1\n", await InspectTests.RunAsync(site, daemon, "stats", "--prometheus"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("flush", "")]
    [InlineData("flush", "user3")]
    [InlineData("flush", "USER3@example.com")]
    [InlineData("reload", "")]
    [InlineData("touch", "")]
    public async Task A_flush_a_reload_and_another_rc_file_forget(string how, string name)
    {
        using CourierSite site = Site(Long);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        string first = await AskAsync(daemon, Requests.Lookup(Name(3)));
        string home = $"/{how}{name.Length}";
        await SetHomeAsync(3, home);
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(first, await AskAsync(daemon, Requests.Lookup(Name(3))));
        }

        switch (how)
        {
            case "flush":
                Assert.Equal("", await InspectTests.RunAsync(site, daemon, ["cache", "flush", .. name.Length == 0 ? Array.Empty<string>() : [name]]));
                break;
            case "reload":
                await WorkersTests.HasWorkersAsync(daemon, 2);
                int[] old = [.. daemon.Workers];
                await ProcessRunner.SignalAsync(daemon.Pid, "HUP");
                await Eventually.IsTrueAsync(() => daemon.Workers.Count == 2 && !daemon.Workers.Intersect(old).Any(), "the new workers");
                break;
            default:
                site.WriteAuthpgsqlrc(database.Server.Conninfo, [.. Settings, "# changed"]);
                break;
        }

        for (int i = 0; i < 20; i++)
        {
            Assert.Contains($"HOME={home}\n", await AskAsync(daemon, Requests.Lookup(Name(3))), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_changed_password_is_known_to_all_workers_before_the_change_is_confirmed()
    {
        using CourierSite site = Site(Long);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        string user = Name(4);
        string alias = "user4@example.com";
        for (int i = 0; i < 10; i++)
        {
            foreach (string name in new[] { user, alias })
            {
                Assert.StartsWith("UID=", await AskAsync(daemon, Requests.Login(name, $"pw{i}-4")), StringComparison.Ordinal);
                Assert.StartsWith("UID=", await AskAsync(daemon, Requests.Cram("cram-md5", name, $"pw{i}-4", "<1@x>")), StringComparison.Ordinal);
            }

            Assert.Equal("OK\n", await AskAsync(daemon, Requests.ChangePassword(user, $"pw{i}-4", $"pw{i + 1}-4")));
            foreach (string name in new[] { user, alias })
            {
                string[] replies = await Task.WhenAll(
                    Enumerable.Range(0, 8).Select(_ => AskAsync(daemon, Requests.Login(name, $"pw{i}-4"))));
                Assert.All(replies, static reply => Assert.Equal("FAIL\n", reply));
                Assert.Equal("FAIL\n", await AskAsync(daemon, Requests.Cram("cram-md5", name, $"pw{i}-4", "<1@x>")));
                Assert.Contains($"PASSWD2=pw{i + 1}-4\n", await AskAsync(daemon, Requests.Lookup(name)), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Replies_are_the_same_bytes_as_without_a_cache()
    {
        using CourierSite with = Site(Long);
        using CourierSite without = Site(Patient);
        await using OurDaemon cached = await OurDaemon.StartAsync(with);
        await using OurDaemon plain = await OurDaemon.StartAsync(without);
        foreach (string request in new[]
        {
            Requests.Lookup(Name(5)), Requests.Lookup("rich"), Requests.Lookup("nobody"), Requests.Login(Name(5), Password(5)),
            Requests.Login("rich", "password"), Requests.Login("nobody", "x"), Requests.Login(Name(5), "wrong"),
            Requests.Cram("cram-md5", Name(5), Password(5), "<1@x>"), Requests.Cram("cram-sha256", Name(5), "wrong", "<1@x>"),
        })
        {
            string wanted = await AskAsync(plain, request);
            Assert.Equal([wanted, wanted, wanted], [await AskAsync(cached, request), await AskAsync(cached, request), await AskAsync(cached, request)]);
        }

        string stats = await InspectTests.RunAsync(with, cached, "stats", "--prometheus");
        Assert.Matches("authdaemond_cache_answers_total\\{module=\"authpgsql\",result=\"hit\"\\} 1[0-9]\n", stats);
        Assert.Contains("authdaemond_cache_answers_total{module=\"authpgsql\",result=\"negative\"} 4\n", stats, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_account_is_found_when_the_negative_ttl_is_over()
    {
        using CourierSite site = Site(Short);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        Assert.Equal("FAIL\n", await AskAsync(daemon, Requests.Lookup("latecomer")));
        await database.Server.PsqlAsync("INSERT INTO accounts VALUES ('latecomer', 'latecomer', '', 'x', 9, 9, '/home/latecomer')");
        await Eventually.IsTrueAsync(
            async () => (await AskAsync(daemon, Requests.Lookup("latecomer"))).StartsWith("UID=9\n", StringComparison.Ordinal), "the new account");
    }

    [Fact]
    public async Task The_cache_stays_within_its_size()
    {
        using CourierSite site = Site($"{Patient}[cache]\nsize = 64K\nttl = 3600\n");
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        for (int i = 0; i < 300; i++)
        {
            await AskAsync(daemon, Requests.Lookup(string.Create(CultureInfo.InvariantCulture, $"nobody{i}")));
        }

        string stats = "";
        await Eventually.IsTrueAsync(
            async () => InspectTests.Value(stats = await InspectTests.RunAsync(site, daemon, "stats", "--prometheus"), "authdaemond_cache_entries") > 10,
            "the counters, which follow once a second");
        Assert.InRange(InspectTests.Value(stats, "authdaemond_cache_bytes"), 1, 64 * 1024);
    }

    [Fact]
    public async Task Without_the_setting_there_is_no_cache()
    {
        using CourierSite site = Site(Patient);
        await using OurDaemon daemon = await OurDaemon.StartAsync(site);
        await AskAsync(daemon, Requests.Lookup(Name(6)));
        await SetHomeAsync(6, "/moved");
        Assert.Contains("HOME=/moved\n", await AskAsync(daemon, Requests.Lookup(Name(6))), StringComparison.Ordinal);
    }

    private static string[] Settings { get; } =
    [
        "PGSQL_USER_TABLE accounts", "PGSQL_CRYPT_PWFIELD crypt", "PGSQL_CLEAR_PWFIELD clear", "PGSQL_UID_FIELD uid", "PGSQL_GID_FIELD gid",
        "PGSQL_LOGIN_FIELD id", "PGSQL_HOME_FIELD home", "PGSQL_NAME_FIELD address",
        "PGSQL_SELECT_CLAUSE SELECT address, crypt, clear, uid, gid, home, '', '', id, '' FROM accounts "
            + "WHERE id = '$(local_part)' AND '$(domain)' IN ('', 'example.com')",
        "PGSQL_CHPASS_CLAUSE UPDATE accounts SET clear = '$(newpass)' WHERE id = '$(local_part)'",
    ];

    private static string Name(int user) => string.Create(CultureInfo.InvariantCulture, $"user{user}");

    private static string Password(int user) => string.Create(CultureInfo.InvariantCulture, $"pw0-{user}");

    private static async Task<string> AskAsync(OurDaemon daemon, string request) =>
        (await RawClient.AskAsync(daemon.SocketPath, request)).Text;

    private CourierSite Site(string ini, int daemons = 2)
    {
        CourierSite site = new();
        site.WriteAuthdaemonrc("authpgsql", daemons);
        site.Write("authdaemond.ini", ini);
        site.WriteAuthpgsqlrc(database.Server.Conninfo, Settings);
        return site;
    }

    private Task SetHomeAsync(int user, string home) =>
        database.Server.PsqlAsync($"UPDATE accounts SET home = '{home}' WHERE id = '{Name(user)}'");

    public sealed class Database : IAsyncLifetime
    {
        public PostgresServer Server { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Server = await PostgresServer.StartNewAsync();
            await Server.PsqlAsync($"""
                CREATE TABLE accounts (id text PRIMARY KEY, address text, crypt text, clear text, uid int, gid int, home text);
                INSERT INTO accounts SELECT 'user' || n, 'user' || n || '@example.com', '', 'pw0-' || n, 1000 + n, 1000, '/home/user' || n
                    FROM generate_series(0, {Accounts}) n;
                INSERT INTO accounts VALUES ('rich', 'rich@example.com', '$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/', '', 7, 7, '/home/rich');
                """);
        }

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }
}
