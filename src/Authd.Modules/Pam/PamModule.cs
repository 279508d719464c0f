// authpam: system users whose password PAM checks.
using Authd.Core;
using Authd.Core.Logging;
using Authd.Core.Protocol;
using Authd.Modules.SystemAccounts;

namespace Authd.Modules.Pam;

/// <summary>authpam.</summary>
/// <param name="pam">PAM; disposed of with the module.</param>
/// <param name="change">Changes passwords.</param>
/// <param name="log">Takes the debug lines.</param>
public sealed class PamModule(PamClient pam, SystemPasswordChange change, Log log) : ISystemVerifier
{
    /// <summary>As in authmodulelist.</summary>
    public const string Name = "authpam";

    /// <summary>The module; PAM processes are started when somebody logs in.</summary>
    public static IAuthModule Create(ModuleServices services)
    {
        PamClient pam = new(Name, services);
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
