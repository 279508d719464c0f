using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Logging;
using Authd.Core.Protocol;
using Authd.Modules.SystemAccounts.Pam;

namespace Authd.Modules.SystemAccounts;

/// <summary>authshadow: system users whose hash and expiry dates are in the shadow database.</summary>
/// <param name="hashes">Compares hashes.</param>
/// <param name="pam">PAM for password changes; disposed of with the module.</param>
/// <param name="change">Changes passwords.</param>
/// <param name="log">Takes the lines about expired accounts.</param>
/// <param name="clock">The date.</param>
public sealed class ShadowModule(
    UnixHashes hashes, PamClient pam, SystemPasswordChange change, Log log, TimeProvider clock) : ISystemVerifier
{
    /// <summary>The name in authmodulelist.</summary>
    public const string Name = "authshadow";

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
        SystemPasswordChange change = new(pam, services);
        return new SystemModule(
            Name, services, new ShadowModule(hashes, pam, change, services.Log, TimeProvider.System));
    }

    /// <inheritdoc/>
    /// <remarks>Lookups of expired accounts and passwords are rejected as well, as in courier-authlib.</remarks>
    public AuthOutcome Admit(SystemAccount account)
    {
        if (account.ShadowTrouble is { } trouble)
        {
            throw trouble;
        }

        if (account.Shadow is not { } shadow)
        {
            log.Debug($"{Name}: username '{account.User.Name}' not found in shadow file");
            return AuthOutcome.Reject(Reasons.UnknownUser);
        }

        if (ShadowExpiry.Of(shadow, clock.GetUtcNow()) is not { } expired)
        {
            return AuthOutcome.Accept(account.Account);
        }

        log.Info($"{Name}: {account.User.Name} - {expired}");
        return AuthOutcome.Reject(expired);
    }

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> VerifyAsync(
        SystemAccount account, LoginData login, RequestContext context, CancellationToken cancel) =>
        hashes.CheckAsync(account, account.Shadow!.Hash, login.Password, cancel);

    /// <inheritdoc/>
    /// <remarks>An expired password can be changed.</remarks>
    public ValueTask<AuthOutcome> ChangePasswordAsync(
        SystemAccount account, PasswordChange request, CancellationToken cancel) => change.ChangeAsync(
        account.User,
        request,
        () => hashes.CheckAsync(account, account.Shadow?.Hash ?? "", request.OldPassword, cancel),
        cancel);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => pam.DisposeAsync();
}
