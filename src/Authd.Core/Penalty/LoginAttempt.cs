// A login or a password change as penalties see it.
using Authd.Core.Logging;
using Authd.Core.Protocol;

namespace Authd.Core.Penalty;

/// <summary>One attempt: name, password and origin.</summary>
/// <param name="RemoteIp">The client's address as the mail server gave it; <c>null</c> or empty: none.</param>
/// <param name="Name">The name; wire text.</param>
/// <param name="Password">The password; <c>null</c> where none was sent, as with CRAM.</param>
public readonly record struct LoginAttempt(string? RemoteIp, string Name, string? Password)
{
    /// <summary>That of an AUTH request; <c>null</c> when no name can be read from it.</summary>
    public static LoginAttempt? Of(AuthRequest request)
    {
        if (request.AuthType != LoginData.AuthType)
        {
            return CramData.TryParse(request, Log.None, out CramData? cram)
                ? new LoginAttempt(request.Context.RemoteIp, cram.User, null)
                : null;
        }

        return LoginData.TryParse(request.AuthData, out LoginData? login)
            ? new LoginAttempt(request.Context.RemoteIp, login.User, login.Password)
            : null;
    }

    /// <summary>That of a password change, which is a guess like a login if its old password is wrong.</summary>
    public static LoginAttempt Of(PasswordChange change) => new(change.Context.RemoteIp, change.User, change.OldPassword);
}
