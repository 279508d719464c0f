using System.Text.Unicode;
using Authd.Core;
using Authd.Tests.Conformance.Differences;
using Authd.Tests.Conformance.Harness;

namespace Authd.Tests.Conformance.Generated;

/// <summary>A deliberate difference as a rule for a generated request's two
/// replies, so narrow that no other difference passes for it.</summary>
/// <param name="Id">Its name in docs/DIFFERENCES.md.</param>
/// <param name="Explains">Given the request, whether different replies differ in just this way.</param>
public sealed record KnownDifference(string Id, Func<string, Replies, bool> Explains)
{
    /// <summary>A value with CR in it, which a reader could take for a line's end.</summary>
    public static KnownDifference LineEnds { get; } = new(
        UserdbDifferences.LineEnds,
        (request, replies) => replies.Ours == Difference.Nothing && Decoded(request).Contains('\r', StringComparison.Ordinal));

    /// <summary>Whether the request, its base64 decoded, is UTF-8.</summary>
    public static bool IsUtf8(string request) => Utf8.IsValid(WireText.ToBytes(Decoded(request)));

    /// <summary>The request, followed by the text of its CRAM response.</summary>
    private static string Decoded(string request)
    {
        if (!request.Contains("\ncram-", StringComparison.Ordinal))
        {
            return request;
        }

        string digits = string.Concat(
            request.TrimEnd('\n').Split('\n')[^1].Where(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '/'));
        return request + WireText.FromBytes(Convert.FromBase64String(digits[..(digits.Length & ~3)]));
    }
}
