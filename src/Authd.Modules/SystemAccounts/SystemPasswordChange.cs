// The password change of system users: the system's own, or a program that the administrator names.
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Interop;
using Authd.Modules.Pam;

namespace Authd.Modules.SystemAccounts;

/// <summary>Changes passwords as passwd(1) does for its caller: under PAM's service <c>passwd</c>, with the system's policy.</summary>
/// <param name="pam">PAM.</param>
/// <param name="services"><c>system-helper</c> in section [passwords] of authdaemond.ini.</param>
public sealed class SystemPasswordChange(PamClient pam, ModuleServices services)
{
    private readonly string? _helper = ReadHelper(services.Ini);

    /// <summary><c>system-helper</c> of section <c>[passwords]</c>: a program to use instead of PAM, or <c>null</c>.</summary>
    /// <exception cref="ConfigurationException">It is no absolute path.</exception>
    public static string? ReadHelper(DaemonIni ini) => ini.AbsolutePath("passwords", "system-helper");

    /// <summary>Changes the password of <paramref name="user"/>.</summary>
    /// <param name="user">Whose.</param>
    /// <param name="request">Names and passwords.</param>
    /// <param name="proof">
    /// Checks the old password where PAM's stack for logins does not decide; <c>null</c>: PAM does, for the client's
    /// service. A helper checks it itself.
    /// </param>
    /// <param name="cancel">Cancelled at the request's deadline.</param>
    /// <returns>
    /// A rejection when the old password is wrong or the helper fails: the name may be another module's as well. When the
    /// old password is right and the new one is refused, the failure is final.
    /// </returns>
    public async ValueTask<AuthOutcome> ChangeAsync(
        SystemUser user, PasswordChange request, Func<ValueTask<AuthOutcome>>? proof, CancellationToken cancel)
    {
        if (_helper is null && proof is not null && await proof() is { Verdict: not Verdict.Accept } failed)
        {
            return failed;
        }

        PamRequest change = new()
        {
            Task = _helper is not null ? PamTask.RunHelper : proof is null ? PamTask.ProveAndChange : PamTask.Change,
            Service = request.Context.Service,
            User = user.Name,
            Password = WireText.ToBytes(request.OldPassword),
            NewPassword = WireText.ToBytes(request.NewPassword),
            Uid = user.Uid,
            Gid = user.Gid,
            Helper = _helper ?? "",
        };
        return await pam.AskAsync(change, AuthOutcome.Changed, cancel);
    }
}
