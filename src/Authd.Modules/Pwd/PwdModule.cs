// authpwd: system users whose hash is in the password database itself (no shadow file, NIS, some LDAP set-ups).
using Authd.Core;
using Authd.Core.Protocol;
using Authd.Modules.Pam;
using Authd.Modules.SystemAccounts;

namespace Authd.Modules.Pwd;

/// <summary>authpwd.</summary>
/// <param name="hashes">Compares.</param>
/// <param name="pam">For changes of passwords; disposed of with the module.</param>
/// <param name="change">Changes passwords.</param>
public sealed class PwdModule(UnixHashes hashes, PamClient pam, SystemPasswordChange change) : ISystemVerifier
{
    /// <summary>As in authmodulelist.</summary>
    public const string Name = "authpwd";

    /// <summary>The module.</summary>
    public static IAuthModule Create(ModuleServices services)
    {
        UnixHashes hashes = new(services.Passwords, services.Log);
        PamClient pam = new(Name, services);
        return new SystemModule(Name, services, new PwdModule(hashes, pam, new SystemPasswordChange(pam, services)));
    }

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> VerifyAsync(
        SystemAccount account, LoginData login, RequestContext context, CancellationToken cancel) =>
        hashes.CheckAsync(account, account.User.PasswordField, login.Password, cancel);

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> ChangePasswordAsync(
        SystemAccount account, PasswordChange request, CancellationToken cancel) => change.ChangeAsync(
        account.User,
        request,
        () => hashes.CheckAsync(account, account.User.PasswordField, request.OldPassword, cancel),
        cancel);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => pam.DisposeAsync();
}
