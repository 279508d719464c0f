// The functions of PAM, by their names in the log.
namespace Authd.Modules.SystemAccounts.Pam;

/// <summary>The steps at which a request can fail.</summary>
internal static class PamStep
{
    /// <summary>pam_start.</summary>
    internal const string Start = "pam_start";

    /// <summary>pam_set_item of PAM_RHOST.</summary>
    internal const string SetRemoteHost = "pam_set_item(PAM_RHOST)";

    /// <summary>pam_authenticate.</summary>
    internal const string Authenticate = "pam_authenticate";

    /// <summary>pam_acct_mgmt.</summary>
    internal const string CheckAccount = "pam_acct_mgmt";

    /// <summary>pam_chauthtok.</summary>
    internal const string ChangePassword = "pam_chauthtok";

    /// <summary>The administrator's program.</summary>
    internal const string Helper = "helper";
}
