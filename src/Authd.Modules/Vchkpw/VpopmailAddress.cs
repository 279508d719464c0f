using System.Buffers;

namespace Authd.Modules.Vchkpw;

/// <summary>The user and the domain of a login name as vpopmail splits it, in lower case.</summary>
/// <param name="User">The local part.</param>
/// <param name="Domain">The domain as given, possibly an alias; empty: the default one.</param>
public readonly record struct VpopmailAddress(string User, string Domain)
{
    private const int LongestUser = 32;
    private const int LongestDomain = 96;

    // The order matters: a name may hold a "/" before its "@".
    private const string Separators = "@%/;";

    private static readonly SearchValues<char> UserChars =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789!#$&'*+-./=?^_`{|}~");

    private static readonly SearchValues<char> DomainChars = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-.");

    /// <summary>Splits <paramref name="login"/>; <c>null</c> when vpopmail cannot have such a name.</summary>
    public static VpopmailAddress? Split(string login)
    {
        string lower = login.ToLowerInvariant();
        int mark = Separators.Select(separator => lower.IndexOf(separator)).FirstOrDefault(static at => at >= 0, lower.Length);
        string user = lower[..mark];
        string domain = mark < lower.Length ? lower[(mark + 1)..] : "";
        return user.Length is > 0 and <= LongestUser && domain.Length <= LongestDomain
            && !user.AsSpan().ContainsAnyExcept(UserChars) && !domain.AsSpan().ContainsAnyExcept(DomainChars)
            ? new VpopmailAddress(user, domain)
            : null;
    }
}
