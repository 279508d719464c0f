// The log line of a login, which fail2ban filters read, and its parts as fields for the journal.
namespace Authd.Core.Logging;

/// <summary>The outcome of an AUTH, or of a PASSWD that failed. It holds
/// no password, because the log may keep it for a while.</summary>
public sealed record LoginReport
{
    // Each of the client's values is cut by itself, so that none can push another one out of a line that is cut at its end
    // (Log.MaxText; programs that carry lines to syslog cut earlier). No mail address is longer (RFC 5321, 4.5.3.1.3).
    private const int LongestUser = 255;
    private const int LongestService = 64;
    private const int LongestWord = 64;
    private const int LongestReason = 200;

    /// <summary>The report of one request.</summary>
    /// <param name="user">The name as the client sent it; empty when the request holds none. Wire text.</param>
    /// <param name="context">Service and address of the client.</param>
    /// <param name="module">The module whose answer decided.</param>
    /// <param name="outcome">The answer.</param>
    /// <param name="duration">From request to answer.</param>
    public LoginReport(string user, RequestContext context, string module, AuthOutcome outcome, TimeSpan duration)
    {
        User = Log.Cut(user, LongestUser);
        RemoteIp = Log.Cut(context.RemoteIp ?? "", LongestWord);
        Service = Log.Cut(context.Service, LongestService);
        Module = Log.Cut(module, LongestWord);
        Verdict = outcome.Verdict;
        Reason = Log.Cut(outcome.Reason ?? "", LongestReason);
        Duration = duration;
    }

    /// <summary>The name as the client sent it, cut when it is long; empty when the client sent none. Wire text.</summary>
    public string User { get; }

    /// <summary>The client's address as the mail server gave it; may be empty.</summary>
    public string RemoteIp { get; }

    /// <summary>imap, pop3, ...; may be empty.</summary>
    public string Service { get; }

    /// <summary>The module whose answer decided, or the one with the most informative rejection.</summary>
    public string Module { get; }

    /// <summary>The answer.</summary>
    public Verdict Verdict { get; }

    /// <summary>The reason of a failure; empty after a success.</summary>
    public string Reason { get; }

    /// <summary>From request to answer.</summary>
    public TimeSpan Duration { get; }

    /// <summary>The login succeeded.</summary>
    public bool Succeeded => Verdict == Verdict.Accept;

    /// <summary>
    /// <c>LOGIN FAILED, user=..., ip=[...], service=..., module=..., reason=...</c>, or <c>LOGIN, ...</c> without a reason.
    /// </summary>
    public string Line => Succeeded ? $"LOGIN, {Facts}" : $"LOGIN FAILED, {Facts}, reason={Reason}";

    /// <summary><c>user=..., ip=[...], service=..., module=...</c></summary>
    internal string Facts => $"user={Value(User)}, ip=[{Value(RemoteIp)}], service={Value(Service)}, module={Module}";

    /// <summary>Removes the field separators from a client's value, so that it cannot forge another address.</summary>
    private static string Value(string text) => text.Replace(',', '.').Replace('[', '.').Replace(']', '.');
}
