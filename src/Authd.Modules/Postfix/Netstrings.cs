// Netstrings (D. J. Bernstein, "Netstrings", 1997): LENGTH ":" BYTES ",".
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Authd.Modules.Postfix;

/// <summary>Takes netstrings out of what arrives in pieces. Text is wire text: one char a byte.</summary>
public sealed class Netstrings
{
    // Postfix's own limit for requests (socketmap_max_query_size).
    private const int Longest = 10_000;
    private const int MostDigits = 5;
    private string _text = "";

    /// <summary>Makes one.</summary>
    public static string Of(string content) => string.Create(CultureInfo.InvariantCulture, $"{content.Length}:{content},");

    /// <summary>Takes in what has arrived.</summary>
    public void Add(string text) => _text += text;

    /// <summary>The next whole one; false: more has to arrive.</summary>
    /// <exception cref="FormatException">What has arrived is none, or too long.</exception>
    public bool TryTake([NotNullWhen(true)] out string? content)
    {
        content = null;
        int colon = _text.IndexOf(':');
        if (colon < 0)
        {
            return _text.Length <= MostDigits ? false : throw new FormatException("no netstring");
        }

        if (!int.TryParse(_text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out int length) || length > Longest)
        {
            throw new FormatException("no netstring, or too long a one");
        }

        int end = colon + 1 + length;
        if (_text.Length <= end)
        {
            return false;
        }

        if (_text[end] != ',')
        {
            throw new FormatException("a netstring without its end");
        }

        content = _text[(colon + 1)..end];
        _text = _text[(end + 1)..];
        return true;
    }
}
