// What authpam, authpwd and authshadow differ in: how they judge a system user and its password.
using Authd.Core;
using Authd.Core.Protocol;

namespace Authd.Modules.SystemAccounts;

/// <summary>Judges system users for <see cref="SystemModule"/>.</summary>
public interface ISystemVerifier : IAsyncDisposable
{
    /// <summary>Whether the account counts at all, for look-ups as for logins: accepted, or rejected with a reason.</summary>
    /// <exception cref="Interop.LibcException">A database that is needed for it does not answer.</exception>
    AuthOutcome Admit(SystemAccount account) => AuthOutcome.Accept(account.Account);

    /// <summary>How late a wrong password is told, and so an unknown user.</summary>
    TimeSpan FailureDelay => TimeSpan.Zero;

    /// <summary>Whether the password is right. Accepts with <see cref="SystemAccount.Account"/>.</summary>
    /// <param name="account">The account, admitted.</param>
    /// <param name="login">Name and password as the client gave them.</param>
    /// <param name="context">Service and client address.</param>
    /// <param name="cancel">Cancelled at the request's deadline.</param>
    ValueTask<AuthOutcome> VerifyAsync(
        SystemAccount account, LoginData login, RequestContext context, CancellationToken cancel);

    /// <summary>Changes the password of an account that is there, admitted or not.</summary>
    /// <param name="account">The account.</param>
    /// <param name="request">Names and passwords.</param>
    /// <param name="cancel">Cancelled at the request's deadline.</param>
    ValueTask<AuthOutcome> ChangePasswordAsync(SystemAccount account, PasswordChange request, CancellationToken cancel);
}
