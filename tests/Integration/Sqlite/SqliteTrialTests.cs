// authdaemond check --connect against a database file.
using Authd.Tests.Integration.Sql;
using Xunit;

namespace Authd.Tests.Integration.Sqlite;

public sealed class SqliteTrialTests : SqlTrialTests, IDisposable
{
    private readonly SqliteFile _file;

    public SqliteTrialTests() : base("SQLITE") => _file = SqliteFile.NewAsync().GetAwaiter().GetResult();

    protected override string Settings => _file.Settings;

    protected override string Good => _file.Path;

    protected override Task<string> CountAsync(string sql) => _file.SqlAsync(sql);

    public void Dispose() => _file.Dispose();

    [Fact]
    public async Task A_file_that_is_not_there_is_named()
    {
        string error = await ErrorAsync(Settings.Replace(_file.Path, _file.Path + "x", StringComparison.Ordinal));
        Assert.StartsWith($"ERROR {Rc}:2: SQLITE_DATABASE: ", error, StringComparison.Ordinal);
        Assert.Contains($"{_file.Path}x", error, StringComparison.Ordinal);
        Assert.Contains("there is no such file", error, StringComparison.Ordinal);
    }
}
