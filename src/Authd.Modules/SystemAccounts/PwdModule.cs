using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Protocol;
using Authd.Modules.SystemAccounts.Pam;

namespace Authd.Modules.SystemAccounts;

/// <summary>authpwd: system users whose hash is in the password
/// database itself (no shadow file, NIS, some LDAP set-ups).</summary>
/// <param name="hashes">Compares hashes.</param>
/// <param name="pam">PAM for password changes; disposed of with the module.</param>
/// <param name="change">Changes passwords.</param>
public sealed class PwdModule(UnixHashes hashes, PamClient pam, SystemPasswordChange change) : ISystemVerifier
{
    /// <summary>The name in authmodulelist.</summary>
    public const string Name = "authpwd";

    /// <summary>The entry of authmodulelist.</summary>
    public static ModuleDescriptor Descriptor { get; } = new(Name)
    {
        ReadSettings = SystemPasswordChange.ReadSettings,
        AddNeeds = SystemModule.AddNeeds,
        Create = Create,
    };

    private static SystemModule Create(ModuleServices services)
    {
        UnixHashes hashes = new(services.Passwords, services.Log);
        PamClient pam = new(Name, services, SystemPasswordChange.ReadHelper(services.Ini));
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
