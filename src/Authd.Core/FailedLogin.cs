// The one line that a failed login leaves in the log at every DEBUG_LOGIN level; fail2ban filters read it.
using Authd.Core.Logging;
using Authd.Core.Protocol;

namespace Authd.Core;

/// <summary>Words the line <c>LOGIN FAILED, user=..., ip=[...], service=..., module=..., reason=...</c>.</summary>
public static class FailedLogin
{
    /// <summary>The line for a failed AUTH.</summary>
    /// <param name="request">The request, as the client sent it.</param>
    /// <param name="module">The module whose answer decided, or the one that had most to say.</param>
    /// <param name="reason">Why (<see cref="Reasons"/>).</param>
    public static string Line(AuthRequest request, string module, string? reason) =>
        $"LOGIN FAILED, user={Value(User(request))}, ip=[{Value(request.Context.RemoteIp ?? "")}], "
        + $"service={Value(request.Context.Service)}, module={module}, reason={reason}";

    private static string User(AuthRequest request)
    {
        if (LoginData.AuthType == request.AuthType)
        {
            ReadOnlySpan<char> rest = request.AuthData;
            return LoginData.NextToken(ref rest).ToString();
        }

        return CramData.TryParse(request, Log.None, out CramData? cram) ? cram.User : "";
    }

    /// <summary>A client chooses these values: without the marks that separate fields it cannot forge another address.</summary>
    private static string Value(string text) => text.Replace(',', '.').Replace('[', '.').Replace(']', '.');
}
