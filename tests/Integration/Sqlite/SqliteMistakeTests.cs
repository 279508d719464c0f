// Mistakes in authsqliterc and in rows.
using Authd.Core;
using Authd.Tests.Integration.Sql;
using Xunit;

namespace Authd.Tests.Integration.Sqlite;

public sealed class SqliteMistakeTests() : SqlMistakeTests("SQLITE"), IAsyncLifetime
{
    private SqliteFile _file = null!;

    protected override string Settings => _file.Settings;

    protected override bool RefusesSeveral => true;

    protected override Verdict WithoutHome => Verdict.Reject;

    public async Task InitializeAsync() => _file = await SqliteFile.NewAsync();

    public Task DisposeAsync()
    {
        _file.Dispose();
        return Task.CompletedTask;
    }

    protected override Task<string> SqlAsync(string sql) => _file.SqlAsync(sql);
}
