// A MariaDB user with MAX_USER_CONNECTIONS.
using Authd.Tests.Integration.Sql;
using Authd.Tests.Support;

namespace Authd.Tests.Integration.Mysql;

public sealed class MysqlCrowdTests() : SqlCrowdTests("MYSQL")
{
    private MariadbServer _server = null!;

    protected override IDatabaseServer Server => _server;

    protected override string Connection => _server.OverTcp;

    protected override string CountSessions => "SELECT count(*) FROM information_schema.processlist WHERE user = 'mail'";

    protected override string TooMany => "max_user_connections";

    protected override string SlowCondition => "sleep(0.05) = 0";

    protected override async Task StartServerAsync() => _server = await MariadbServer.StartNewAsync();

    protected override Task LimitAsync(int connections) => _server.SqlAsync($"""
        ALTER USER mail@'%' WITH MAX_USER_CONNECTIONS {connections};
        ALTER USER mail@localhost WITH MAX_USER_CONNECTIONS {connections};
        """);
}
