// What a generator makes, asked of both daemons.
using System.Collections.Concurrent;
using Authd.Core;
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Generated;

/// <summary>Asks a few requests at once, as clients do.</summary>
public static class GeneratedRequests
{
    private const int AtOnce = 4;
    private const int MostToShow = 8;

    /// <summary>
    /// Asserts that both daemons answer every request the same, but for <paramref name="known"/> differences, each of which
    /// must occur: a rule that explains nothing any more is to be removed.
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
        // Whether a temporary failure shows depends on when the client's half-close arrives; other tests assert it.
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

    /// <summary>A login that cannot be judged is told FAIL when its client has shut down its side, as ours have by then or not.</summary>
    private static bool IsFailInsteadOfSilence(string request, Replies replies) =>
        request.Contains("AUTH ", StringComparison.Ordinal) && replies is { C.Text: "", Ours.Text: "FAIL\n" };
}
