// The three ways in which a module's answer can end, as a value.
namespace Authd.Core;

/// <summary>How a module answered.</summary>
public enum Verdict
{
    /// <summary>Unknown user, wrong password, method not supported: the next module is asked.</summary>
    Reject,

    /// <summary>The account is known (and, for a login, the password right): the chain stops.</summary>
    Accept,

    /// <summary>The module cannot tell (database away, broken row): the chain stops without an answer.</summary>
    TempFail,
}

/// <summary>A module's answer. An exception, a time-out or a lost database is always <see cref="Verdict.TempFail"/>.</summary>
public readonly record struct AuthOutcome
{
    private AuthOutcome(Verdict verdict, Account? account, string? reason)
    {
        Verdict = verdict;
        Account = account;
        Reason = reason;
    }

    /// <summary>Which of the three.</summary>
    public Verdict Verdict { get; }

    /// <summary>The account of an accepted PRE or AUTH; <c>null</c> for other verdicts and for password changes.</summary>
    public Account? Account { get; }

    /// <summary>Why not, in a few words for the log (see <see cref="Reasons"/>); <c>null</c> when accepted.</summary>
    public string? Reason { get; }

    /// <summary>How long a rejection is to be told later (PAM's failure delay); the daemon waits, the module does not.</summary>
    public TimeSpan FailureDelay { get; init; }

    /// <summary>A rejection of somebody who may have guessed: a module has looked at name and password.</summary>
    public bool IsFailedGuess => Verdict == Verdict.Reject && Reason is not (Reasons.Unsupported or Reasons.BadRequest);

    /// <summary>Accepts, with the account to send.</summary>
    public static AuthOutcome Accept(Account account) => new(Verdict.Accept, account, null);

    /// <summary>A password change that succeeded.</summary>
    public static AuthOutcome Changed { get; } = new(Verdict.Accept, null, null);

    /// <summary>Rejects. <paramref name="reason"/> is one of <see cref="Reasons"/> or a few words of the module's own.</summary>
    public static AuthOutcome Reject(string reason) => new(Verdict.Reject, null, reason);

    /// <summary>Temporary failure. <paramref name="reason"/> goes to the LOGIN FAILED line; the module logs details itself.</summary>
    public static AuthOutcome TempFail(string reason) => new(Verdict.TempFail, null, reason);
}

/// <summary>The reasons that several modules share, worded for the LOGIN FAILED line.</summary>
public static class Reasons
{
    /// <summary>No module knows the name.</summary>
    public const string UnknownUser = "unknown user";

    /// <summary>The password (or the CRAM response) does not match.</summary>
    public const string WrongPassword = "wrong password";

    /// <summary>The account is there, and nobody may log in to it.</summary>
    public const string AccountLocked = "account locked";

    /// <summary>The account has nothing to compare with.</summary>
    public const string NoPassword = "no password to compare with";

    /// <summary>The module cannot do this authentication type.</summary>
    public const string Unsupported = "unsupported authentication type";

    /// <summary>The request's text cannot be read (tokens missing, bad base64).</summary>
    public const string BadRequest = "malformed credentials";

    /// <summary>The account exists but its record is unusable.</summary>
    public const string BrokenRecord = "broken account record";

    /// <summary>The back end does not answer.</summary>
    public const string BackendAway = "back end away";
}
