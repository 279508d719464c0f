// PostgreSQL away, silent, refusing, or back again.
using Authd.Tests.Integration.Sql;
using Authd.Tests.Support;

namespace Authd.Tests.Integration.Pgsql;

public sealed class PgsqlOutageTests() : SqlOutageTests("PGSQL")
{
    private PostgresServer _server = null!;

    protected override IDatabaseServer Server => _server;

    protected override string Connection => $"PGSQL_CONNECTION {_server.Conninfo} application_name=ours\n";

    protected override int LinesOfOutage => 2;

    protected override string EndSessions => "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ours'";

    protected override string CountSessions => "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ours'";

    protected override string SlowCondition => "(SELECT '$(domain)' <> 'slow' OR pg_sleep(60) IS NOT NULL)";

    protected override string TooSlow => "statement timeout";

    protected override string Numbers => "SELECT n FROM generate_series(1, 20000) n";

    protected override string BrokenList => "Err: authpgsql: PQsendQuery failed: ";

    protected override string WrongPassword => "password authentication failed";

    protected override async Task StartServerAsync() => _server = await PostgresServer.StartNewAsync();

    protected override bool IsOutage(string line) => line == "Err: PGSQL_CONNECTION could not be established";

    /// <summary>TCP, which the module uses, requires the password; the Unix socket, which the tests use, does not.</summary>
    protected override async Task LockOutAsync()
    {
        await _server.PsqlAsync("ALTER USER postgres PASSWORD 'other'");
        await _server.SetHostBasedAsync("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
    }

    protected override Task LetInAsync() => _server.PsqlAsync("ALTER USER postgres PASSWORD 'secret'");
}
