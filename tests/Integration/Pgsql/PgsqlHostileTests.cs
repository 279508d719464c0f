// Hostile input to authpgsql.
using Authd.Tests.Integration.Sql;
using Xunit;

namespace Authd.Tests.Integration.Pgsql;

[Collection(PgsqlFixture.Name)]
public sealed class PgsqlHostileTests(PgsqlFixture fixture) : SqlHostileTests("PGSQL")
{
    protected override string Settings => fixture.Settings;

    protected override Task<string> SqlAsync(string sql) => fixture.Server.PsqlAsync(sql);
}
