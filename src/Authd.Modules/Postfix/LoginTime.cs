// The values of a login table.
using System.Globalization;

namespace Authd.Modules.Postfix;

/// <summary>
/// A time of login: seconds since 1970 in decimal digits, which Postfix takes for permission. What does not look like that
/// (<c>0</c> above all) an administrator has put there: it is never replaced nor removed.
/// </summary>
public static class LoginTime
{
    // More digits than any time has, fewer than a 64-bit number can have.
    private const int MostDigits = 18;

    /// <summary>Seconds since 1970, now.</summary>
    public static long Now => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    /// <summary>The time before which entries are too old; for 0 minutes all are.</summary>
    public static long Before(int minutes) => minutes == 0 ? long.MaxValue : Now - (60L * minutes);

    /// <summary>As it is stored.</summary>
    public static string Text(long time) => time.ToString(CultureInfo.InvariantCulture);

    /// <summary>Reads a stored value; <c>null</c> when the entry is permanent.</summary>
    public static long? Parse(string value) =>
        value is [>= '1' and <= '9', ..] && value.Length <= MostDigits && value.All(char.IsAsciiDigit)
            ? long.Parse(value, CultureInfo.InvariantCulture) : null;
}
