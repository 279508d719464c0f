namespace Authd.Core;

/// <summary>The number at the beginning of a text, as C's atol reads it;
/// courier-authlib reads nearly all of its numbers that way.</summary>
public static class LeadingNumber
{
    private const string WhiteSpace = " \t\n\v\f\r";

    /// <summary>Reads white space, a sign and digits; the rest is ignored. 0 without digits; a number too large becomes the
    /// nearest that fits.</summary>
    public static long Parse(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> rest = text.TrimStart(WhiteSpace);
        bool negative = rest.StartsWith("-");
        if (negative || rest.StartsWith("+"))
        {
            rest = rest[1..];
        }

        long number = 0;
        foreach (char c in rest)
        {
            int digit = c - '0';
            if (digit is < 0 or > 9)
            {
                break;
            }

            // Downwards, because the lowest number has no positive counterpart.
            number = number < (long.MinValue + digit) / 10 ? long.MinValue : (number * 10) - digit;
        }

        return negative ? number : number == long.MinValue ? long.MaxValue : -number;
    }
}
