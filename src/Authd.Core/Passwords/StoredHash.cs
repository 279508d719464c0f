// One hash of a stored text that may hold several: app passwords.
namespace Authd.Core.Passwords;

/// <summary>
/// A hash in its place. With <c>[passwords] hashes</c> above 1 an account's field holds several, with blanks between them: no form of
/// a hash has a blank in it (crypt(5), base64, hexadecimal). A clear text may have one, so <c>{PLAIN}</c> reaches to the end of the
/// field. A field that begins with <c>!</c> or <c>*</c> is locked as a whole.
/// </summary>
/// <param name="Before">The text before it in the field.</param>
/// <param name="Text">The hash.</param>
/// <param name="After">The text behind it.</param>
public sealed record StoredHash(string Before, string Text, string After)
{
    private const string Clear = "{PLAIN}";
    private const char Blank = ' ';

    /// <summary>The field holds nothing else.</summary>
    public bool IsOnly => Before.Length == 0 && After.Length == 0;

    /// <summary>Where it ends in the field.</summary>
    internal int End => Before.Length + Text.Length;

    /// <summary>The field with another hash in this one's place.</summary>
    public string With(string hash) => Before + hash + After;

    /// <summary>The hashes of a field, in their order.</summary>
    /// <param name="stored">The field.</param>
    /// <param name="most">How many a field may hold; further ones are part of the last one's <see cref="After"/>.</param>
    internal static IReadOnlyList<StoredHash> In(string stored, int most)
    {
        if (most == 1 || !stored.Contains(Blank, StringComparison.Ordinal) || stored.TrimStart(Blank) is ['!' or '*', ..])
        {
            return [new StoredHash("", stored, "")];
        }

        List<StoredHash> hashes = [];
        int at = 0;
        while (hashes.Count < most && stored.AsSpan(at).IndexOfAnyExcept(Blank) is >= 0 and var blanks)
        {
            at += blanks;
            int length = stored.AsSpan(at).StartsWith(Clear, StringComparison.OrdinalIgnoreCase) ? -1 : stored.AsSpan(at).IndexOf(Blank);
            int end = length < 0 ? stored.Length : at + length;
            hashes.Add(new StoredHash(stored[..at], stored[at..end], stored[end..]));
            at = end;
        }

        return hashes.Count > 0 ? hashes : [new StoredHash("", stored, "")];
    }
}
