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

    /// <summary>Accepted, rejected or failed for the time being.</summary>
    public Verdict Verdict { get; }

    /// <summary>The account of an accepted PRE or AUTH; <c>null</c> for other verdicts and for password changes.</summary>
    public Account? Account { get; }

    /// <summary>The reason in a few words for the log (see <see cref="Reasons"/>); <c>null</c> when accepted.</summary>
    public string? Reason { get; }

    /// <summary>The delay before a rejection is sent (PAM's failure delay). The daemon waits, the module does not.</summary>
    public TimeSpan FailureDelay { get; init; }

    /// <summary>The password of an account whose record is broken, so that a wrong password is still rejected and only the right
    /// one fails temporarily; <c>null</c>: the record holds no password.</summary>
    public StoredSecret? Secret { get; private init; }

    /// <summary>A rejection that may answer a guess: a module has looked at the name and the password.</summary>
    public bool IsFailedGuess =>
        Verdict == Verdict.Reject && Reason is not (Reasons.Unsupported or Reasons.BadRequest or Reasons.PassedOver);

    /// <summary>The back end cannot be reached or opened, or does not let us in.</summary>
    public bool IsAway => Verdict == Verdict.TempFail && Reason is
        Reasons.BackendAway or Reasons.ServerRefused or Reasons.FileUnusable or Reasons.ProgramFailed;

    /// <summary>The back end cannot be asked now, whatever the cause; a broken record is no such thing.</summary>
    public bool CannotBeAsked => IsAway || (Verdict == Verdict.TempFail && Reason is Reasons.StatementFailed or Reasons.Configuration);

    /// <summary>Accepts, with the account to send.</summary>
    public static AuthOutcome Accept(Account account) => new(Verdict.Accept, account, null);

    /// <summary>A password change that succeeded.</summary>
    public static AuthOutcome Changed { get; } = new(Verdict.Accept, null, null);

    /// <summary>Rejects. <paramref name="reason"/> is one of <see cref="Reasons"/> or a few words of the module's own.</summary>
    public static AuthOutcome Reject(string reason) => new(Verdict.Reject, null, reason);

    /// <summary>Temporary failure: the account exists, but its record cannot be used.</summary>
    /// <param name="hash">The record's password hash, if it has one.</param>
    /// <param name="clear">The record's clear-text password, if it has one.</param>
    /// <param name="reason">The record's fault.</param>
    public static AuthOutcome BrokenRecord(string? hash, string? clear, string reason = Reasons.BrokenRecord) => new(Verdict.TempFail, null, reason)
    {
        Secret = new StoredSecret(hash, clear),
    };

    /// <summary>Temporary failure. <paramref name="reason"/> goes to the LOGIN FAILED line; the module logs details itself.</summary>
    public static AuthOutcome TempFail(string reason) => new(Verdict.TempFail, null, reason);
}

/// <summary>The stored password of an account; the hash counts where both are there.</summary>
/// <param name="Hash">A hash in any of the forms that the daemon knows.</param>
/// <param name="Clear">The password itself.</param>
public sealed record StoredSecret(string? Hash, string? Clear)
{
    /// <summary>Never prints the secret.</summary>
    public override string ToString() => nameof(StoredSecret);
}

/// <summary>The reasons that several modules share, worded for the LOGIN FAILED line.</summary>
public static class Reasons
{
    /// <summary>No module knows the name.</summary>
    public const string UnknownUser = "unknown user";

    /// <summary>The password (or the CRAM response) does not match.</summary>
    public const string WrongPassword = "wrong password";

    /// <summary>authpipe's program refuses, and does not say whether it knows the user.</summary>
    public const string ProgramSaidFail = "the program said FAIL";

    /// <summary>The account exists, but logins to it are locked.</summary>
    public const string AccountLocked = "account locked";

    /// <summary>The stored password begins with a scheme that the daemon does not know; the scheme's name follows.</summary>
    public const string UnknownScheme = "unknown scheme";

    /// <summary>The stored hash has been cut or changed, so that no password fits; its scheme follows.</summary>
    public const string DamagedHash = "damaged hash";

    /// <summary>The account has no password to compare with.</summary>
    public const string NoPassword = "no password to compare with";

    /// <summary>The module cannot do this authentication type.</summary>
    public const string Unsupported = "unsupported authentication type";

    /// <summary>The request's text cannot be read (tokens missing, bad base64).</summary>
    public const string BadRequest = "malformed credentials";

    /// <summary>[names] does not allow the name: no module has been asked.</summary>
    public const string NameNotAllowed = "name with a character that is not allowed";

    /// <summary>The password was right, and the account's option allow_nets does not have the client's address.</summary>
    public const string AddressNotAllowed = "address not in allow_nets";

    /// <summary>The password was right, and the account's option allow_nets holds what is no network.</summary>
    public const string BadAllowedNetworks = "allow_nets cannot be read";

    /// <summary>authmodulelist names a module that does not exist or has not been set up, so it was not asked.</summary>
    public const string PassedOver = "module passed over";

    /// <summary>authmodulelist is empty, or none of its modules exists: the daemon cannot tell which users exist.</summary>
    public const string NoModule = "no module to ask, see authmodulelist";

    /// <summary>The account exists but its record is unusable.</summary>
    public const string BrokenRecord = "broken account record";

    /// <summary>The account has no home directory, and the request needs one.</summary>
    public const string NoHome = "no home";

    /// <summary>The database answers, and does not take the statement that the configuration makes; the log has its words.</summary>
    public const string StatementFailed = "statement failed";

    /// <summary>A password change met no row, though the account is there.</summary>
    public const string NoRow = "change met no row";

    /// <summary>The server is there, and does not let us in: wrong password, unknown database, too many connections.</summary>
    public const string ServerRefused = "server refused us";

    /// <summary>A file or directory that holds accounts cannot be read or written.</summary>
    public const string FileUnusable = "file cannot be used";

    /// <summary>authpipe's program did not start, or ended, or gave no answer that makes sense.</summary>
    public const string ProgramFailed = "the program failed";

    /// <summary>A setting that the module depends on is wrong; the log says where.</summary>
    public const string Configuration = "configuration";

    /// <summary>The back end does not answer.</summary>
    public const string BackendAway = "back end away";
}
