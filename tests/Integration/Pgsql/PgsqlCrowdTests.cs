// A PostgreSQL role with a CONNECTION LIMIT.
using Authd.Tests.Integration.Sql;
using Authd.Tests.Support;

namespace Authd.Tests.Integration.Pgsql;

public sealed class PgsqlCrowdTests() : SqlCrowdTests("PGSQL")
{
    private PostgresServer _server = null!;

    protected override IDatabaseServer Server => _server;

    protected override string Connection => $"PGSQL_CONNECTION {_server.Conninfo} user=mail\n";

    protected override string CountSessions => "SELECT count(*) FROM pg_stat_activity WHERE usename = 'mail'";

    protected override string TooMany => "too many connections for role \"mail\"";

    protected override string SlowCondition => "pg_sleep(0.05) IS NOT NULL";

    protected override async Task StartServerAsync() => _server = await PostgresServer.StartNewAsync();

    /// <summary>Superusers have no limit.</summary>
    protected override Task LimitAsync(int connections) =>
        _server.PsqlAsync($"CREATE ROLE mail LOGIN CONNECTION LIMIT {connections}; GRANT SELECT, UPDATE ON passwd TO mail");
}
