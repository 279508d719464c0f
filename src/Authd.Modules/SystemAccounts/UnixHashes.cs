using Authd.Core;
using Authd.Core.Logging;
using Authd.Core.Passwords;

namespace Authd.Modules.SystemAccounts;

/// <summary>Compares a password with the hash field of passwd(5) or shadow(5), for authpwd and authshadow.</summary>
/// <param name="passwords">Checks hashes.</param>
/// <param name="log">Takes the debug lines.</param>
public sealed class UnixHashes(PasswordChecker passwords, Log log)
{
    /// <summary>
    /// Accepts when <paramref name="field"/> is a hash of <paramref name="password"/>. A locked account (<c>!</c> or <c>*</c>
    /// first, with or without a hash behind it) and one without a hash (an empty field, or passwd(5)'s <c>x</c>) are rejected
    /// before the comparison.
    /// </summary>
    public async ValueTask<AuthOutcome> CheckAsync(
        SystemAccount account, string field, string password, CancellationToken cancel)
    {
        if (field is "" or "x")
        {
            log.Debug("no password available to compare");
            return AuthOutcome.Reject(Reasons.NoPassword);
        }

        if (field[0] is '!' or '*')
        {
            log.Debug($"the password of {account.User.Name} is locked");
            return AuthOutcome.Reject(Reasons.AccountLocked);
        }

        return await passwords.RefusalAsync(field, password, cancel) is { } reason
            ? AuthOutcome.Reject(reason)
            : AuthOutcome.Accept(account.Account);
    }
}
