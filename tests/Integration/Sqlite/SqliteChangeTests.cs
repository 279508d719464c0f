// Password changes that SQLite does not accept as sent.
using Authd.Tests.Integration.Sql;
using Xunit;

namespace Authd.Tests.Integration.Sqlite;

public sealed class SqliteChangeTests() : SqlChangeTests("SQLITE"), IAsyncLifetime
{
    private SqliteFile _file = null!;

    protected override string Connection => $"SQLITE_DATABASE {_file.Path}";

    protected override string RefusingTrigger =>
        "CREATE TRIGGER refuse BEFORE UPDATE ON leak BEGIN SELECT json_extract('{}', '$[' || NEW.clearpw); END;";

    protected override string CuttingTrigger =>
        "CREATE TRIGGER cut AFTER UPDATE ON narrow BEGIN UPDATE narrow SET pw = substr(NEW.pw, 1, {0}); END;";

    protected override string NumberClause =>
        "UPDATE leak SET num=json_extract('[]', '$(newpass)') WHERE email='$(local_part)@$(domain)'";

    public async Task InitializeAsync() => _file = await SqliteFile.NewAsync();

    public Task DisposeAsync()
    {
        _file.Dispose();
        return Task.CompletedTask;
    }

    protected override string Join(string first, string second) => $"{first} || {second}";

    protected override Task<string> SqlAsync(string sql) => _file.SqlAsync(sql);
}
