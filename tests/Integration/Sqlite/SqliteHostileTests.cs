// Hostile input to authsqlite.
using Authd.Tests.Integration.Sql;
using Xunit;

namespace Authd.Tests.Integration.Sqlite;

public sealed class SqliteHostileTests() : SqlHostileTests("SQLITE"), IAsyncLifetime
{
    private SqliteFile _file = null!;

    protected override string Settings => _file.Settings;

    public async Task InitializeAsync() => _file = await SqliteFile.NewAsync();

    public Task DisposeAsync()
    {
        _file.Dispose();
        return Task.CompletedTask;
    }

    protected override Task<string> SqlAsync(string sql) => _file.SqlAsync(sql);
}
