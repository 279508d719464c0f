using System.Collections.Concurrent;
using Authd.Core;
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Generated;

/// <summary>Asks both daemons generated requests, a few at once, as clients do.</summary>
public static class GeneratedRequests
{
    private const int AtOnce = 4;
    private const int MostToShow = 8;

    /// <summary>
    /// Asserts that both daemons answer every request the same, except for <paramref name="known"/> differences. Each of these
    /// must occur, so that a rule which explains nothing any more is removed.
    /// </summary>
    public static async Task AssertSameAsync(
        DaemonPair pair, RequestGenerator generator, int count, IReadOnlyCollection<KnownDifference> known)
    {
        ConcurrentDictionary<string, bool> seen = [];
        ConcurrentQueue<string> unexplained = [];
        foreach (string[] requests in Enumerable.Range(0, count).Select(_ => generator.Next()).Chunk(AtOnce))
        {
            await Task.WhenAll(requests.Select(AskAsync));
        }

        Assert.True(unexplained.IsEmpty, $"{unexplained.Count} of {count}\n{string.Concat(unexplained.Take(MostToShow))}");
        // A temporary failure shows or not depending on the arrival of the client's half-close; other tests assert it.
        Assert.Equal(Certain(known.Select(difference => difference.Id)), Certain(seen.Keys));

        // The client half-closes, so that an unfinished request ends at once instead of after ten seconds.
        async Task AskAsync(string request)
        {
            Replies replies = await pair.AskAsync(new RawRequest(request, HalfClose: true));
            if (replies.AreSame || IsFailInsteadOfSilence(request, replies))
            {
                return;
            }

            if (known.FirstOrDefault(difference => difference.Explains(request, replies)) is { } difference)
            {
                seen[difference.Id] = true;
            }
            else
            {
                unexplained.Enqueue(
                    $"{Convert.ToHexString(WireText.ToBytes(request))}\n{request}\nC: {replies.C}\nours: {replies.Ours}\n"
                    + $"{string.Join('\n', pair.Ours.LogLines.TakeLast(3))}\n");
            }
        }
    }

    private static IEnumerable<string> Certain(IEnumerable<string> differences) =>
        differences.Where(id => !id.EndsWith("-tempfail", StringComparison.Ordinal)).Order();

    /// <summary>A login that cannot be judged gets FAIL when its client has shut down its side, which ours may or may not have
    /// done by then.</summary>
    private static bool IsFailInsteadOfSilence(string request, Replies replies) =>
        request.Contains("AUTH ", StringComparison.Ordinal) && replies is { C.Text: "", Ours.Text: "FAIL\n" };
}
