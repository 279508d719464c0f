using Authd.Core.Logging;
using Authd.Core.Protocol;

namespace Authd.Core.Penalty;

/// <summary>A login or a password change as penalties see it.</summary>
/// <param name="RemoteIp">The client's address as the mail server gave it; <c>null</c> or empty when it gave none.</param>
/// <param name="Name">The name; wire text.</param>
/// <param name="Password">The password; <c>null</c> where none was sent, as with CRAM.</param>
public readonly record struct LoginAttempt(string? RemoteIp, string Name, string? Password)
{
    /// <summary>The attempt of an AUTH request; <c>null</c> when no name can be read from it.</summary>
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

    /// <summary>The attempt of a password change; a wrong old password counts like that of a login.</summary>
    public static LoginAttempt Of(PasswordChange change) => new(change.Context.RemoteIp, change.User, change.OldPassword);
}
