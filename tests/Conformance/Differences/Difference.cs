using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Differences;

/// <summary>One deliberate difference between our daemon and the C daemon, shown by one request.</summary>
/// <param name="Id">Its name in docs/DIFFERENCES.md.</param>
/// <param name="Request">The request that shows it.</param>
/// <param name="C">The C daemon's answer.</param>
/// <param name="Ours">Our answer.</param>
public sealed record Difference(string Id, RawRequest Request, RawReply C, RawReply Ours)
{
    /// <summary>A rejection.</summary>
    public static RawReply Fail { get; } = new("FAIL\n", Ending.Closed);

    /// <summary>A temporary failure, or a malformed request: closed without a reply.</summary>
    public static RawReply Nothing { get; } = new("", Ending.Closed);

    /// <summary>A whole reply.</summary>
    public static RawReply Reply(string text) => new(text, Ending.Closed);

    /// <summary>A whole reply, after which the connection is reset.</summary>
    public static RawReply ReplyThenReset(string text) => new(text, Ending.Reset);

    /// <summary>Asks both and asserts both answers.</summary>
    public static async Task AssertAsync(DaemonPair pair, Difference difference)
    {
        Replies replies = await pair.AskAsync(difference.Request);
        Assert.Equal(difference.C, replies.C);
        Assert.Equal(difference.Ours, replies.Ours);
    }
}
