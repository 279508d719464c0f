using System.Globalization;
using Authd.Bench.Load;
using Authd.Bench.Measure;
using Authd.Bench.Simulation;
using Authd.Tests.Support;

namespace Authd.Bench.Scenarios;

/// <summary>The database servers, configurations and daemons that the scenarios share. Each is started once, when a scenario asks
/// for it, and stopped at the end.</summary>
internal sealed class Testbed : IAsyncDisposable
{
    private const int WarmUpRequests = 4000;
    private const int WarmUpClients = 16;
    private const int LogLinesToShow = 10;

    // The round trips; each direction takes half of one.
    private static readonly Dictionary<Backend, TimeSpan> Distances = new()
    {
        [Backend.PgsqlFar] = TimeSpan.FromMilliseconds(2),
        [Backend.PgsqlFar1] = TimeSpan.FromMilliseconds(1),
        [Backend.PgsqlFar4] = TimeSpan.FromMilliseconds(4),
    };

    private static readonly TimeSpan WarmUpLimit = TimeSpan.FromSeconds(20);

    private readonly PostgresServer _postgres;
    private readonly MariadbServer _mariadb;
    private readonly SlapdServer _slapd;
    private readonly ScratchDirectory _files = new();
    private readonly Dictionary<Backend, DelayProxy> _proxies;
    private readonly Dictionary<Backend, CourierSite> _sites = [];
    private readonly Dictionary<(Backend Backend, Contender Contender), IAuthDaemon> _daemons = [];

    private Testbed(PostgresServer postgres, MariadbServer mariadb, SlapdServer slapd)
    {
        (_postgres, _mariadb, _slapd) = (postgres, mariadb, slapd);
        _proxies = Distances.ToDictionary(far => far.Key, far => new DelayProxy(postgres.Port, far.Value / 2));
    }

    /// <summary>Starts the servers and fills them, and writes the configurations.</summary>
    /// <param name="countsStatements">PostgreSQL counts its statements (<see cref="Gauge"/>), which costs it a little.</param>
    internal static async Task<Testbed> CreateAsync(bool countsStatements = false)
    {
        string counting = countsStatements ? "\nshared_preload_libraries = 'pg_stat_statements'" : "";
        PostgresServer postgres = await PostgresServer.StartNewAsync(new PostgresOptions(Settings: $"max_connections = 300{counting}"));
        if (countsStatements)
        {
            await postgres.PsqlAsync("CREATE EXTENSION pg_stat_statements;");
        }

        SlapdServer slapd = await SlapdServer.StartNewAsync(
            new SlapdOptions(string.Concat(BenchAccount.All.Select(account => account.LdifEntry))));
        Testbed testbed = new(postgres, await MariadbServer.StartNewAsync(), slapd);
        await testbed.FillPostgresAsync();
        await testbed._mariadb.SqlAsync(Table);
        await ProcessRunner.RunOrThrowAsync(["sqlite3", "-batch", testbed.SqliteFile], Table);
        foreach (Backend backend in Enum.GetValues<Backend>())
        {
            testbed._sites[backend] = await testbed.MakeSiteAsync(backend);
        }
        return testbed;
    }

    /// <summary>The PostgreSQL server.</summary>
    internal PostgresServer Postgres => _postgres;

    /// <summary>Gauges of the load of a back end's server; statements only if they are counted.</summary>
    internal ServerGauge Gauge(Backend backend) => ServerOf(backend) switch
    {
        "PostgreSQL" => new ServerGauge(
            () => ServerCpuTime(backend),
            async () => Number(await _postgres.PsqlAsync("SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query LIKE '%FROM passwd%';")),
            async () => (int)Number(await _postgres.PsqlAsync(
                "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid();"))),
        "MariaDB" => new ServerGauge(
            () => ServerCpuTime(backend),
            () => StatusAsync("Com_select"),
            async () => (int)await StatusAsync("Threads_connected") - 1),
        { } => ServerGauge.None with { CpuTime = () => ServerCpuTime(backend) },
        null => ServerGauge.None,
    };

    private async Task<long> StatusAsync(string name) =>
        Number((await _mariadb.SqlAsync($"SHOW GLOBAL STATUS LIKE '{name}'")).Split('\t')[1]);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>The configuration of a back end.</summary>
    internal CourierSite Site(Backend backend) => _sites[backend];

    /// <summary>A daemon that is running and warm.</summary>
    /// <exception cref="InvalidOperationException">Its replies are wrong.</exception>
    internal async Task<IAuthDaemon> DaemonAsync(Backend backend, Contender contender)
    {
        if (!_daemons.TryGetValue((backend, contender), out IAuthDaemon? daemon))
        {
            daemon = await contender.StartAsync(this, backend);
            _daemons.Add((backend, contender), daemon);
            WarmUp(daemon, backend, contender == Contender.Dovecot ? RequestList.DovecotLookups() : RequestList.Lookups(backend));
        }
        return daemon;
    }

    /// <summary>Stops all daemons, for measurements of one alone.</summary>
    internal async Task StopDaemonsAsync()
    {
        foreach (IAuthDaemon daemon in _daemons.Values)
        {
            await daemon.DisposeAsync();
        }
        _daemons.Clear();
    }

    /// <summary>Sends enough requests that every worker has opened the resources of its first request.</summary>
    internal static void WarmUp(IAuthDaemon daemon, Backend backend, Exchange[] lookups)
    {
        using LoadGenerator generator = new(daemon.SocketPath, lookups);
        LoadResult result = generator.Run(WarmUpClients, WarmUpLimit, WarmUpLimit, WarmUpRequests);
        if (result.Right < WarmUpRequests)
        {
            string log = string.Join('\n', daemon.LogLines.TakeLast(LogLinesToShow));
            throw new InvalidOperationException(
                $"{daemon.Name}, {backend}: {result.Right} right replies of {WarmUpRequests}\n{log}");
        }
    }

    /// <summary>The database server of a back end; null: none.</summary>
    internal static string? ServerOf(Backend backend) => backend switch
    {
        Backend.Pgsql or Backend.PgsqlCached or Backend.PgsqlSasl or Backend.PgsqlFar or Backend.PgsqlFar1 or Backend.PgsqlFar4 => "PostgreSQL",
        Backend.Mysql => "MariaDB",
        Backend.Ldap => "slapd",
        _ => null,
    };

    /// <summary>CPU time that the processes of the database server have used.</summary>
    internal TimeSpan ServerCpuTime(Backend backend)
    {
        if (backend is Backend.Mysql or Backend.Ldap)
        {
            return ProcessGauge.CpuTime([backend == Backend.Mysql ? _mariadb.Pid : _slapd.Pid]);
        }

        string pidFile = Path.Combine(_postgres.Directory, "data", "postmaster.pid");
        int postmaster = int.Parse(File.ReadLines(pidFile).First(), CultureInfo.InvariantCulture);
        return ProcessGauge.CpuTime([postmaster, .. ProcessTree.Descendants(postmaster)]);
    }

    /// <summary>The socket for mail servers of a back end that has one.</summary>
    internal string SaslPath(Backend backend) => _sites[backend].Scratch["sasl"];

    /// <summary>Room for files.</summary>
    internal string Files => _files.Path;

    /// <summary>PostgreSQL's version.</summary>
    internal Task<string> PostgresVersionAsync() => _postgres.PsqlAsync("SHOW server_version;");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopDaemonsAsync();
        foreach (CourierSite site in _sites.Values)
        {
            site.Dispose();
        }
        foreach (DelayProxy proxy in _proxies.Values)
        {
            proxy.Dispose();
        }
        _files.Dispose();
        await _mariadb.DisposeAsync();
        await _slapd.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    private string SqliteFile => _files["accounts.db"];

    private static string Table =>
        $"""
        CREATE TABLE passwd (id varchar(100) PRIMARY KEY, crypt varchar(100), uid int, gid int, home varchar(100), maildir varchar(100));
        INSERT INTO passwd VALUES
        {string.Join(",\n", BenchAccount.All.Select(account => account.SqlValues))};
        """;

    private Task<string> FillPostgresAsync() => _postgres.PsqlAsync(
        $"""
        CREATE TABLE passwd (id text PRIMARY KEY, crypt text, uid int, gid int, home text, maildir text);
        COPY passwd FROM stdin;
        {string.Join('\n', BenchAccount.All.Select(account => account.CopyLine))}
        \.
        ANALYZE passwd;
        """);

    private async Task<CourierSite> MakeSiteAsync(Backend backend)
    {
        CourierSite site = new();
        string module = backend switch
        {
            Backend.Userdb => "authuserdb",
            Backend.Mysql => "authmysql",
            Backend.Sqlite => "authsqlite",
            Backend.Ldap => "authldap",
            _ => "authpgsql",
        };
        site.WriteAuthdaemonrc(module, 5, "DEBUG_LOGIN=0");
        if (backend == Backend.PgsqlCached)
        {
            site.Write("authdaemond.ini", "[cache]\nsize = 64M\nttl = 3600\n");
        }

        if (backend == Backend.PgsqlSasl)
        {
            site.Write("authdaemond.ini", $"[sasl]\nlisten = {site.Scratch["sasl"]}\nowner = root\nmechanisms = plain\n");
        }

        if (backend == Backend.Userdb)
        {
            await site.WriteUserdbAsync(string.Concat(BenchAccount.All.Select(account => account.UserdbLine + "\n")));
        }
        else
        {
            site.Write(module + "rc", backend switch
            {
                Backend.Mysql => SqlRc("MYSQL", _mariadb.OverSocket.TrimEnd()),
                Backend.Sqlite => SqlRc("SQLITE", "SQLITE_DATABASE " + SqliteFile),
                Backend.Ldap => Authldaprc(),
                _ => SqlRc("PGSQL", Conninfo(backend)),
            });
        }
        return site;
    }

    /// <summary>The SQL modules' rc file for the table of accounts.</summary>
    internal static string SqlRc(string prefix, string connection) =>
        $"""
        {connection}
        {prefix}_USER_TABLE passwd
        {prefix}_CRYPT_PWFIELD crypt
        {prefix}_MAILDIR_FIELD maildir
        ##NAME: MARKER:0

        """;

    private string Authldaprc() =>
        $"""
        LDAP_URI {_slapd.SocketUri}
        LDAP_PROTOCOL_VERSION 3
        LDAP_BASEDN {SlapdServer.Root}
        LDAP_INITBIND 1
        LDAP_BINDDN {SlapdServer.Courier}
        LDAP_BINDPW {SlapdServer.Password}
        LDAP_UID uidNumber
        LDAP_GID gidNumber
        LDAP_HOMEDIR homeDirectory
        LDAP_MAILDIR mailbox
        LDAP_CRYPTPW userPassword
        ##NAME: MARKER:0

        """;

    private string Conninfo(Backend backend) => $"PGSQL_CONNECTION {Words(backend)}";

    /// <summary>libpq's connection string for the server of a back end.</summary>
    internal string Words(Backend backend)
    {
        string server = _proxies.TryGetValue(backend, out DelayProxy? proxy)
            ? string.Create(CultureInfo.InvariantCulture, $"host=127.0.0.1 port={proxy.Port} sslmode=disable")
            : string.Create(CultureInfo.InvariantCulture, $"host={_postgres.Directory} port={_postgres.Port}");
        return $"{server} user=postgres password=secret dbname=postgres";
    }
}
