// The expiry dates of shadow(5), as far as they count for mail.
using Authd.Interop;

namespace Authd.Modules.Shadow;

/// <summary>Whether an account may still be used. Warning, inactivity and minimum age are for interactive logins.</summary>
public static class ShadowExpiry
{
    /// <summary>What has expired, worded as courier-authlib does; <c>null</c>: nothing.</summary>
    /// <param name="entry">The account's dates.</param>
    /// <param name="now">The time.</param>
    public static string? Of(ShadowEntry entry, DateTimeOffset now)
    {
        long today = (now - DateTimeOffset.UnixEpoch).Days;
        if (entry.Expiry > 0 && today > entry.Expiry)
        {
            return "account expired";
        }

        // "Must be changed at the next login" is day 0 of the last change: expired as soon as there is a maximum age.
        return entry.LastChange != -1 && entry.MaximumAge != -1 && today - entry.MaximumAge > entry.LastChange
            ? "password expired"
            : null;
    }
}
