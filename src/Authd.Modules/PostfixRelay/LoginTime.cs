using System.Globalization;

namespace Authd.Modules.PostfixRelay;

/// <summary>
/// The value of an entry in a login table: the time of the login as seconds since 1970 in decimal digits, which Postfix takes for
/// permission. Any other value (above all <c>0</c>) is an administrator's: such an entry is neither replaced nor removed.
/// </summary>
public static class LoginTime
{
    // More digits than any time needs, fewer than overflow a 64-bit number.
    private const int MostDigits = 18;

    /// <summary>Seconds since 1970, now.</summary>
    public static long Now => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    /// <summary>The time before which entries are too old; with 0 minutes all are.</summary>
    public static long Before(int minutes) => minutes == 0 ? long.MaxValue : Now - (60L * minutes);

    /// <summary>The stored form.</summary>
    public static string Text(long time) => time.ToString(CultureInfo.InvariantCulture);

    /// <summary>Reads a stored value; <c>null</c> when the entry is permanent.</summary>
    public static long? Parse(string value) =>
        value is [>= '1' and <= '9', ..] && value.Length <= MostDigits && value.All(char.IsAsciiDigit)
            ? long.Parse(value, CultureInfo.InvariantCulture) : null;
}
