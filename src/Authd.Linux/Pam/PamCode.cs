// The return codes of Linux-PAM (<security/_pam_types.h>) that this daemon distinguishes.
namespace Authd.Linux.Pam;

/// <summary>The return code of a PAM function.</summary>
public enum PamCode
{
    /// <summary>PAM_SUCCESS.</summary>
    Success = 0,

    /// <summary>PAM_OPEN_ERR: a module cannot be loaded.</summary>
    OpenError = 1,

    /// <summary>PAM_SYMBOL_ERR: a module lacks a function.</summary>
    SymbolError = 2,

    /// <summary>PAM_BUF_ERR: out of memory.</summary>
    BufferError = 5,

    /// <summary>PAM_PERM_DENIED.</summary>
    PermissionDenied = 6,

    /// <summary>PAM_AUTH_ERR: wrong password, or denied.</summary>
    AuthenticationError = 7,

    /// <summary>PAM_AUTHINFO_UNAVAIL: what a module would have to ask is away.</summary>
    AuthInfoUnavailable = 9,

    /// <summary>PAM_USER_UNKNOWN.</summary>
    UserUnknown = 10,

    /// <summary>PAM_MAXTRIES.</summary>
    MaxTries = 11,

    /// <summary>PAM_NEW_AUTHTOK_REQD: the password must be changed first.</summary>
    NewPasswordRequired = 12,

    /// <summary>PAM_ACCT_EXPIRED.</summary>
    AccountExpired = 13,

    /// <summary>PAM_CRED_EXPIRED.</summary>
    CredentialsExpired = 16,

    /// <summary>PAM_CONV_ERR.</summary>
    ConversationError = 19,

    /// <summary>PAM_AUTHTOK_ERR: the new password was refused, or cannot be stored.</summary>
    PasswordError = 20,

    /// <summary>PAM_AUTHTOK_RECOVERY_ERR: the old password was not given or not right.</summary>
    PasswordRecoveryError = 21,

    /// <summary>PAM_AUTHTOK_EXPIRED.</summary>
    PasswordExpired = 27,

    /// <summary>PAM_MODULE_UNKNOWN: the stack names a module that does not exist.</summary>
    ModuleUnknown = 28,
}
