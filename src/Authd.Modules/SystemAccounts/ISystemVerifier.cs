using Authd.Core;
using Authd.Core.Protocol;

namespace Authd.Modules.SystemAccounts;

/// <summary>The difference between authpam, authpwd and authshadow: how they judge a system user and its password.</summary>
public interface ISystemVerifier : IAsyncDisposable
{
    /// <summary>Whether the account may be used at all, in lookups as in logins: accepted, or rejected with a reason.</summary>
    /// <exception cref="Linux.Native.LibcException">A required database does not answer.</exception>
    AuthOutcome Admit(SystemAccount account) => AuthOutcome.Accept(account.Account);

    /// <summary>The delay before a wrong password, and so an unknown user, is reported.</summary>
    TimeSpan FailureDelay => TimeSpan.Zero;

    /// <summary>Whether the password is right. Accepts with <see cref="SystemAccount.Account"/>.</summary>
    /// <param name="account">The account, admitted.</param>
    /// <param name="login">Name and password as the client gave them.</param>
    /// <param name="context">Service and client address.</param>
    /// <param name="cancel">Cancelled at the request's deadline.</param>
    ValueTask<AuthOutcome> VerifyAsync(
        SystemAccount account, LoginData login, RequestContext context, CancellationToken cancel);

    /// <summary>Changes the password of an existing account, whether or not <see cref="Admit"/> accepts it.</summary>
    /// <param name="account">The account.</param>
    /// <param name="request">Names and passwords.</param>
    /// <param name="cancel">Cancelled at the request's deadline.</param>
    ValueTask<AuthOutcome> ChangePasswordAsync(SystemAccount account, PasswordChange request, CancellationToken cancel);
}
