using System.Diagnostics.CodeAnalysis;
using Authd.Core.Logging;

namespace Authd.Core.Protocol;

/// <summary>User and password of <c>AUTH ... login</c>, one a line.</summary>
/// <param name="User">First token; never empty.</param>
/// <param name="Password">Second token; never empty.</param>
public sealed record LoginData(string User, string Password)
{
    /// <summary>The authtype that carries it.</summary>
    public const string AuthType = "login";

    /// <summary>
    /// Reads tokens separated by one or more LF; leading LFs are skipped, tokens after the second ignored. False when one of the
    /// two is missing: an empty password can therefore not be sent.
    /// </summary>
    public static bool TryParse(string authData, [NotNullWhen(true)] out LoginData? login)
    {
        ReadOnlySpan<char> rest = authData;
        ReadOnlySpan<char> user = NextToken(ref rest);
        ReadOnlySpan<char> password = NextToken(ref rest);
        login = password.IsEmpty ? null : new LoginData(user.ToString(), password.ToString());
        return login is not null;
    }

    /// <summary>The name in an AUTH request, with or without a password; empty when none can be read.</summary>
    public static string ClaimedName(AuthRequest request)
    {
        if (request.AuthType == AuthType)
        {
            ReadOnlySpan<char> rest = request.AuthData;
            return NextToken(ref rest).ToString();
        }

        return CramData.TryParse(request, Log.None, out CramData? cram) ? cram.User : "";
    }

    /// <summary>Removes the next LF-separated token from <paramref name="rest"/>; empty at the end.</summary>
    internal static ReadOnlySpan<char> NextToken(ref ReadOnlySpan<char> rest)
    {
        rest = rest.TrimStart('\n');
        int end = rest.IndexOf('\n');
        ReadOnlySpan<char> token = end < 0 ? rest : rest[..end];
        rest = rest[token.Length..];
        return token;
    }
}
