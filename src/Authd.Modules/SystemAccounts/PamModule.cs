using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Logging;
using Authd.Core.Protocol;
using Authd.Linux.Libraries;
using Authd.Modules.SystemAccounts.Pam;

namespace Authd.Modules.SystemAccounts;

/// <summary>authpam: system users whose password PAM checks.</summary>
/// <param name="pam">PAM; disposed of with the module.</param>
/// <param name="change">Changes passwords.</param>
/// <param name="log">Takes the debug lines.</param>
public sealed class PamModule(PamClient pam, SystemPasswordChange change, Log log) : ISystemVerifier
{
    /// <summary>The name in authmodulelist.</summary>
    public const string Name = "authpam";

    /// <summary>The entry of authmodulelist.</summary>
    public static ModuleDescriptor Descriptor { get; } = new(Name)
    {
        Library = OnDemandLibrary.Pam,
        ReadSettings = SystemPasswordChange.ReadSettings,
        AddNeeds = SystemModule.AddNeeds,
        Create = Create,
    };

    private static SystemModule Create(ModuleServices services)
    {
        PamClient pam = new(Name, services, SystemPasswordChange.ReadHelper(services.Ini));
        return new SystemModule(
            Name, services, new PamModule(pam, new SystemPasswordChange(pam, services), services.Log));
    }

    /// <inheritdoc/>
    public TimeSpan FailureDelay => pam.FailureDelay;

    /// <inheritdoc/>
    public async ValueTask<AuthOutcome> VerifyAsync(
        SystemAccount account, LoginData login, RequestContext context, CancellationToken cancel)
    {
        log.Debug($"pam_service={context.Service}, pam_username={login.User}");
        PamRequest request = new()
        {
            Task = PamTask.LogIn,
            Service = context.Service,
            User = login.User,
            Password = WireText.ToBytes(login.Password),
            RemoteHost = context.RemoteIp ?? "",
        };
        AuthOutcome outcome = await pam.AskAsync(request, AuthOutcome.Accept(account.Account), cancel);
        if (outcome.Verdict == Verdict.Accept)
        {
            log.Debug("dopam successful");
        }

        return outcome;
    }

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> ChangePasswordAsync(
        SystemAccount account, PasswordChange request, CancellationToken cancel) =>
        change.ChangeAsync(account.User, request, proof: null, cancel);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => pam.DisposeAsync();
}
