// Thousands of spoiled requests to both daemons.
using Authd.Core;
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Protocol;

[Collection(ProtocolGroup.Name)]
public class GeneratedTests(ProtocolPair fixture)
{
    private const int Count = 2000;
    private const int AtOnce = 4;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Every_generated_request_gets_the_same(int seed)
    {
        RequestGenerator generator = new(seed);
        foreach (string[] requests in Enumerable.Range(0, Count).Select(_ => generator.Next()).Chunk(AtOnce))
        {
            await Task.WhenAll(requests.Select(AssertSameAsync));
        }
    }

    /// <summary>The client half-closes, so that an unfinished request ends at once instead of after ten seconds.</summary>
    private async Task AssertSameAsync(string request)
    {
        Replies replies = await fixture.Pair.AskAsync(new RawRequest(request, HalfClose: true));
        Assert.True(
            replies.C.Text == replies.Ours.Text && replies.Ours.Ending == Ending.Closed,
            $"{Convert.ToHexString(WireText.ToBytes(request))}\n{request}\nC: {replies.C}\nours: {replies.Ours}");
    }
}
