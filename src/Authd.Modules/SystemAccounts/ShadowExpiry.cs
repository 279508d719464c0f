using Authd.Linux.Users;

namespace Authd.Modules.SystemAccounts;

/// <summary>The expiry dates of shadow(5) that count for mail: whether an account may still be used. Warning, inactivity and
/// minimum age are for interactive logins.</summary>
public static class ShadowExpiry
{
    /// <summary>The expired part, in courier-authlib's words; <c>null</c>: nothing has expired.</summary>
    /// <param name="entry">The account's dates.</param>
    /// <param name="now">The time.</param>
    public static string? Of(ShadowEntry entry, DateTimeOffset now)
    {
        long today = (now - DateTimeOffset.UnixEpoch).Days;
        if (entry.Expiry > 0 && today > entry.Expiry)
        {
            return "account expired";
        }

        // "Must be changed at the next login" is stored as day 0 of the last change, which expires with any maximum age.
        return entry.LastChange != -1 && entry.MaximumAge != -1 && today - entry.MaximumAge > entry.LastChange
            ? "password expired"
            : null;
    }
}
