// The credentials of authtype "login": user and password, one a line (spec: courier-authlib's socket protocol).
using System.Diagnostics.CodeAnalysis;

namespace Authd.Core.Protocol;

/// <summary>User and password of <c>AUTH ... login</c>.</summary>
/// <param name="User">First token; never empty.</param>
/// <param name="Password">Second token; never empty.</param>
public sealed record LoginData(string User, string Password)
{
    /// <summary>The authtype that carries it.</summary>
    public const string AuthType = "login";

    /// <summary>
    /// Reads tokens separated by one or more LF, leading LFs skipped, tokens after the second ignored.
    /// False when one of the two is missing: an empty password can therefore not be sent.
    /// </summary>
    public static bool TryParse(string authData, [NotNullWhen(true)] out LoginData? login)
    {
        ReadOnlySpan<char> rest = authData;
        ReadOnlySpan<char> user = NextToken(ref rest);
        ReadOnlySpan<char> password = NextToken(ref rest);
        login = password.IsEmpty ? null : new LoginData(user.ToString(), password.ToString());
        return login is not null;
    }

    /// <summary>Takes the next LF-separated token off <paramref name="rest"/>; empty when there is none.</summary>
    internal static ReadOnlySpan<char> NextToken(ref ReadOnlySpan<char> rest)
    {
        rest = rest.TrimStart('\n');
        int end = rest.IndexOf('\n');
        ReadOnlySpan<char> token = end < 0 ? rest : rest[..end];
        rest = rest[token.Length..];
        return token;
    }
}
