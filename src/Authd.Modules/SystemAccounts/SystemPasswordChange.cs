using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Configuration;
using Authd.Linux.Users;
using Authd.Modules.SystemAccounts.Pam;

namespace Authd.Modules.SystemAccounts;

/// <summary>Changes the passwords of system users: as passwd(1) does for its caller, under PAM's service <c>passwd</c> with the
/// system's policy, or with a program that the administrator names.</summary>
/// <param name="pam">PAM.</param>
/// <param name="services">The services; <c>system-helper</c> is in section [passwords] of authdaemond.ini.</param>
public sealed class SystemPasswordChange(PamClient pam, ModuleServices services)
{
    private readonly string? _helper = ReadHelper(services.Ini);

    /// <summary>Reads the common settings of the modules of system users, to find mistakes.</summary>
    /// <exception cref="ConfigurationException">A value is not valid for its key.</exception>
    internal static void ReadSettings(DaemonIni ini)
    {
        PamSettings.Read(ini);
        ReadHelper(ini);
    }

    /// <summary><c>system-helper</c> of section <c>[passwords]</c>: a program to use instead of PAM, or <c>null</c>.</summary>
    /// <exception cref="ConfigurationException">The value is not an absolute path.</exception>
    public static string? ReadHelper(DaemonIni ini) => ini.AbsolutePath("passwords", "system-helper");

    /// <summary>Changes the password of <paramref name="user"/>.</summary>
    /// <param name="user">The user.</param>
    /// <param name="request">Names and passwords.</param>
    /// <param name="proof">
    /// Checks the old password where PAM's stack for logins does not decide; <c>null</c>: PAM decides, under the client's
    /// service. A helper checks the old password itself.
    /// </param>
    /// <param name="cancel">Cancelled at the request's deadline.</param>
    /// <returns>
    /// A rejection when the old password is wrong or the helper fails, because the name may also be another module's. When the
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
            Task = _helper is not null ? PamTask.RunHelper : proof is null ? PamTask.AuthenticateAndChange : PamTask.Change,
            Service = request.Context.Service,
            User = user.Name,
            Password = WireText.ToBytes(request.OldPassword),
            NewPassword = WireText.ToBytes(request.NewPassword),
        };
        return await pam.AskAsync(change, AuthOutcome.Changed, cancel);
    }
}
