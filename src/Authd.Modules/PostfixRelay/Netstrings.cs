// Netstrings (D. J. Bernstein, "Netstrings", 1997): LENGTH ":" BYTES ",".
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Authd.Modules.PostfixRelay;

/// <summary>Splits a stream of bytes into netstrings. Text is wire text: one char a byte.</summary>
public sealed class Netstrings
{
    // Postfix's own limit for requests (socketmap_max_query_size).
    private const int Longest = 10_000;
    private const int MostDigits = 5;
    private string _text = "";

    /// <summary>Makes a netstring.</summary>
    public static string Of(string content) => string.Create(CultureInfo.InvariantCulture, $"{content.Length}:{content},");

    /// <summary>Adds received text.</summary>
    public void Add(string text) => _text += text;

    /// <summary>Takes the next complete netstring; false: it has not arrived yet.</summary>
    /// <exception cref="FormatException">The text is not a netstring, or is too long.</exception>
    public bool TryTake([NotNullWhen(true)] out string? content)
    {
        content = null;
        int colon = _text.IndexOf(':');
        // The same verdict whether the colon has arrived yet or not.
        if ((colon < 0 ? _text.Length : colon) > MostDigits)
        {
            throw new FormatException("no netstring");
        }

        if (colon < 0)
        {
            return false;
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
