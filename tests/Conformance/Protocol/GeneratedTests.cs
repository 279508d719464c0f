// Thousands of spoiled requests to both daemons.
using Authd.Tests.Conformance.Generated;
using Authd.Tests.Conformance.Userdb;
using Xunit;

namespace Authd.Tests.Conformance.Protocol;

[Collection(ProtocolGroup.Name)]
public class GeneratedTests(ProtocolPair fixture)
{
    private const int Count = 2000;

    private static readonly RequestVocabulary Vocabulary = new()
    {
        Users =
        [
            UserdbAccounts.John, "plain", "tim", "tim with blanks", "nosuch", "", "a b", "tail ", "a=b",
            "j\u00fcrgen@example.com", ".",
        ],
        Passwords = ["password", "wrong", "", "pass word", "\u00c3\u00a4", "tanstaaftanstaaf"],
    };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public Task Every_generated_request_gets_the_same(int seed) =>
        GeneratedRequests.AssertSameAsync(fixture.Pair, new RequestGenerator(seed, Vocabulary), Count, []);
}
