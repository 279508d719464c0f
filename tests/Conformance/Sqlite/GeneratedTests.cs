// Generated requests to authsqlite.
using Authd.Tests.Conformance.Differences;
using Authd.Tests.Conformance.Generated;
using Authd.Tests.Conformance.Sql;
using Xunit;

namespace Authd.Tests.Conformance.Sqlite;

[Collection(SqliteGroup.Name)]
public sealed class SqliteGeneratedTests(SqliteAccounts accounts) : GeneratedTests(accounts)
{
    /// <inheritdoc/>
    protected override IReadOnlyList<KnownDifference> Known { get; } = [KnownDifference.LineEnds];

    [Theory]
    [InlineData(Fields, 1)]
    [InlineData(Narrowed, 2)]
    [InlineData(Clause, 3)]
    [InlineData(WholeName, 4)]
    [InlineData(Pattern, 5)]
    [InlineData(Echo, 6, UserdbDifferences.LineEnds)]
    public Task Every_generated_request_gets_the_same(string shape, int seed, params string[] differences) =>
        CheckAsync(shape, seed, differences);
}
