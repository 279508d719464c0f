// authpwd: system users whose hash is in the password database itself (no shadow file, NIS, some LDAP set-ups).
using Authd.Core;
using Authd.Core.Protocol;
using Authd.Modules.SystemAccounts;

namespace Authd.Modules.Pwd;

/// <summary>authpwd.</summary>
/// <param name="hashes">Compares.</param>
public sealed class PwdModule(UnixHashes hashes) : ISystemVerifier
{
    /// <summary>As in authmodulelist.</summary>
    public const string Name = "authpwd";

    /// <summary>The module.</summary>
    public static IAuthModule Create(ModuleServices services) =>
        new SystemModule(Name, services, new PwdModule(new UnixHashes(services.Passwords, services.Log)));

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> VerifyAsync(
        SystemAccount account, LoginData login, RequestContext context, CancellationToken cancel) =>
        hashes.CheckAsync(account, account.User.PasswordField, login.Password, cancel);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
