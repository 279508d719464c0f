// Hostile input to authmysql.
using Authd.Tests.Integration.Sql;
using Xunit;

namespace Authd.Tests.Integration.Mysql;

[Collection(MysqlFixture.Name)]
public sealed class MysqlHostileTests(MysqlFixture fixture) : SqlHostileTests("MYSQL")
{
    protected override string Settings => fixture.Settings;

    protected override Task<string> SqlAsync(string sql) => fixture.Server.SqlAsync(sql);
}
