// authshadow: system users whose hash and expiry dates are in the shadow database.
using Authd.Core;
using Authd.Core.Logging;
using Authd.Core.Protocol;
using Authd.Modules.Pam;
using Authd.Modules.SystemAccounts;

namespace Authd.Modules.Shadow;

/// <summary>authshadow.</summary>
/// <param name="hashes">Compares.</param>
/// <param name="pam">For changes of passwords; disposed of with the module.</param>
/// <param name="change">Changes passwords.</param>
/// <param name="log">Takes the lines about expired accounts.</param>
/// <param name="clock">Says what day it is.</param>
public sealed class ShadowModule(
    UnixHashes hashes, PamClient pam, SystemPasswordChange change, Log log, TimeProvider clock) : ISystemVerifier
{
    /// <summary>As in authmodulelist.</summary>
    public const string Name = "authshadow";

    /// <summary>The module.</summary>
    public static IAuthModule Create(ModuleServices services)
    {
        UnixHashes hashes = new(services.Passwords, services.Log);
        PamClient pam = new(Name, services);
        SystemPasswordChange change = new(pam, services);
        return new SystemModule(
            Name, services, new ShadowModule(hashes, pam, change, services.Log, TimeProvider.System));
    }

    /// <inheritdoc/>
    /// <remarks>Expired accounts and passwords are refused to look-ups as well, as courier-authlib does.</remarks>
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
    /// <remarks>A password that has expired can be changed.</remarks>
    public ValueTask<AuthOutcome> ChangePasswordAsync(
        SystemAccount account, PasswordChange request, CancellationToken cancel) => change.ChangeAsync(
        account.User,
        request,
        () => hashes.CheckAsync(account, account.Shadow?.Hash ?? "", request.OldPassword, cancel),
        cancel);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => pam.DisposeAsync();
}
