// What the log says about a login: the one line that fail2ban filters read, and its parts as fields for the journal.
using Authd.Core.Logging;
using Authd.Core.Protocol;

namespace Authd.Core;

/// <summary>How an AUTH ended.</summary>
/// <param name="Request">The request, as the client sent it.</param>
/// <param name="Module">The module whose answer decided, or the one that had most to say.</param>
/// <param name="Outcome">The answer.</param>
/// <param name="Duration">From request to answer.</param>
public sealed record LoginReport(AuthRequest Request, string Module, AuthOutcome Outcome, TimeSpan Duration)
{
    /// <summary>The login succeeded.</summary>
    public bool Succeeded => Outcome.Verdict == Verdict.Accept;

    /// <summary>The name as the client sent it; empty when there is none. Wire text.</summary>
    public string User
    {
        get
        {
            if (LoginData.AuthType == Request.AuthType)
            {
                ReadOnlySpan<char> rest = Request.AuthData;
                return LoginData.NextToken(ref rest).ToString();
            }

            return CramData.TryParse(Request, Log.None, out CramData? cram) ? cram.User : "";
        }
    }

    /// <summary>The client's address as the mail server gave it; may be empty.</summary>
    public string RemoteIp => Request.Context.RemoteIp ?? "";

    /// <summary>imap, pop3, ...; may be empty.</summary>
    public string Service => Request.Context.Service;

    /// <summary>
    /// <c>LOGIN FAILED, user=..., ip=[...], service=..., module=..., reason=...</c>, or <c>LOGIN, ...</c> without a reason.
    /// </summary>
    public string Line
    {
        get
        {
            string facts = $"user={Value(User)}, ip=[{Value(RemoteIp)}], service={Value(Service)}, module={Module}";
            return Succeeded ? $"LOGIN, {facts}" : $"LOGIN FAILED, {facts}, reason={Outcome.Reason}";
        }
    }

    /// <summary>A client chooses these values: without the marks that separate fields it cannot forge another address.</summary>
    private static string Value(string text) => text.Replace(',', '.').Replace('[', '.').Replace(']', '.');
}
