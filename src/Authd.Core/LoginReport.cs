// What the log says about a login: the one line that fail2ban filters read, and its parts as fields for the journal.
using Authd.Core.Logging;
using Authd.Core.Protocol;

namespace Authd.Core;

/// <summary>How an AUTH ended, or a PASSWD that failed. It holds no password: the log may keep it for a while.</summary>
public sealed record LoginReport
{
    // The client's values are cut here, each value by itself, so that none can push another one out of a line that is cut at
    // its end (Log.MaxText; programs that carry lines to syslog cut earlier). No mail address is longer (RFC 5321, 4.5.3.1.3).
    private const int LongestUser = 255;
    private const int LongestService = 64;
    private const int LongestWord = 64;
    private const int LongestReason = 200;

    private LoginReport(string user, RequestContext context, string module, AuthOutcome outcome, TimeSpan duration)
    {
        User = Log.Cut(user, LongestUser);
        RemoteIp = Log.Cut(context.RemoteIp ?? "", LongestWord);
        Service = Log.Cut(context.Service, LongestService);
        Module = Log.Cut(module, LongestWord);
        Verdict = outcome.Verdict;
        Reason = Log.Cut(outcome.Reason ?? "", LongestReason);
        Duration = duration;
    }

    /// <summary>The name as the client sent it, cut when it is long; empty when there is none. Wire text.</summary>
    public string User { get; }

    /// <summary>The client's address as the mail server gave it; may be empty.</summary>
    public string RemoteIp { get; }

    /// <summary>imap, pop3, ...; may be empty.</summary>
    public string Service { get; }

    /// <summary>The module whose answer decided, or the one that had most to say.</summary>
    public string Module { get; }

    /// <summary>The answer.</summary>
    public Verdict Verdict { get; }

    /// <summary>Why not; empty when it succeeded.</summary>
    public string Reason { get; }

    /// <summary>From request to answer.</summary>
    public TimeSpan Duration { get; }

    /// <summary>The login succeeded.</summary>
    public bool Succeeded => Verdict == Verdict.Accept;

    /// <summary>
    /// <c>LOGIN FAILED, user=..., ip=[...], service=..., module=..., reason=...</c>, or <c>LOGIN, ...</c> without a reason.
    /// </summary>
    public string Line
    {
        get
        {
            string facts = $"user={Value(User)}, ip=[{Value(RemoteIp)}], service={Value(Service)}, module={Module}";
            return Succeeded ? $"LOGIN, {facts}" : $"LOGIN FAILED, {facts}, reason={Reason}";
        }
    }

    /// <summary>The report of an AUTH.</summary>
    public static LoginReport Of(AuthRequest request, string module, AuthOutcome outcome, TimeSpan duration) =>
        new(NameIn(request), request.Context, module, outcome, duration);

    /// <summary>The report of a PASSWD: it tells whether a password is right as an AUTH does.</summary>
    public static LoginReport Of(PasswordChange request, string module, AuthOutcome outcome, TimeSpan duration) =>
        new(request.User, request.Context, module, outcome, duration);

    private static string NameIn(AuthRequest request)
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
