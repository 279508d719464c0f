// Generated requests to authmysql.
using Authd.Tests.Conformance.Differences;
using Authd.Tests.Conformance.Generated;
using Authd.Tests.Conformance.Sql;
using Xunit;

namespace Authd.Tests.Conformance.Mysql;

[Collection(MysqlGroup.Name)]
public sealed class MysqlGeneratedTests(MysqlAccounts accounts) : GeneratedTests(accounts)
{
    /// <inheritdoc/>
    protected override IReadOnlyList<KnownDifference> Known { get; } =
    [
        KnownDifference.LineEnds,
        new(MysqlDifferenceTests.Tempfail, (request, replies) => replies.C == Difference.Fail && replies.Ours == Difference.Nothing
            && request.Contains("\nlogin\n", StringComparison.Ordinal)),
        new(MysqlDifferenceTests.ImpossibleNames, (request, replies) => replies.Ours == Difference.Fail
            && replies.C.Text.StartsWith("UID=", StringComparison.Ordinal) && !KnownDifference.IsUtf8(request)),
    ];

    [Theory]
    [InlineData(Fields, 1, MysqlDifferenceTests.Tempfail)]
    [InlineData(Narrowed, 2)]
    [InlineData(Clause, 3)]
    [InlineData(WholeName, 4)]
    [InlineData(Pattern, 5, MysqlDifferenceTests.Tempfail)]
    [InlineData(Echo, 6, UserdbDifferences.LineEnds, MysqlDifferenceTests.ImpossibleNames)]
    [InlineData(Latin1, 7)]
    public Task Every_generated_request_gets_the_same(string shape, int seed, params string[] differences) =>
        CheckAsync(shape, seed, differences);
}
