// Generated requests to authpgsql.
using Authd.Tests.Conformance.Differences;
using Authd.Tests.Conformance.Generated;
using Authd.Tests.Conformance.Sql;
using Xunit;

namespace Authd.Tests.Conformance.Pgsql;

[Collection(PgsqlGroup.Name)]
public sealed class PgsqlGeneratedTests(PgsqlAccounts accounts) : GeneratedTests(accounts)
{
    /// <inheritdoc/>
    protected override IReadOnlyList<KnownDifference> Known { get; } =
    [
        KnownDifference.LineEnds,
        new(PgsqlDifferenceTests.ImpossibleNames, (request, replies) => replies.Ours == Difference.Fail
            && replies.C == Difference.Nothing && !KnownDifference.IsUtf8(request)),

        // An account that the character set cannot hold ends the list.
        new(PgsqlDifferenceTests.IncompleteLists, (_, replies) => replies.C == Difference.Reply("# authpgsql\n\n.\n")
            && replies.Ours.Text.StartsWith("# authpgsql\n", StringComparison.Ordinal)
            && !replies.Ours.Text.EndsWith("\n.\n", StringComparison.Ordinal)),
    ];

    [Theory]
    [InlineData(Fields, 1, PgsqlDifferenceTests.ImpossibleNames)]
    [InlineData(Narrowed, 2, PgsqlDifferenceTests.ImpossibleNames)]
    [InlineData(Clause, 3, PgsqlDifferenceTests.ImpossibleNames)]
    [InlineData(WholeName, 4, PgsqlDifferenceTests.ImpossibleNames)]
    [InlineData(Pattern, 5, PgsqlDifferenceTests.ImpossibleNames)]
    [InlineData(Echo, 6, UserdbDifferences.LineEnds, PgsqlDifferenceTests.ImpossibleNames)]
    [InlineData(Latin1, 7, PgsqlDifferenceTests.IncompleteLists)]
    public Task Every_generated_request_gets_the_same(string shape, int seed, params string[] differences) =>
        CheckAsync(shape, seed, differences);
}
