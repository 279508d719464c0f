namespace Authd.Core.Configuration;

/// <summary>Judges the names that authdaemonrc sets: an unknown one is probably a typing mistake. None of this is fatal, because
/// the shell exported any name.</summary>
internal static class KnownVariables
{
    private static readonly string[] DaemonKeys =
    [
        "authmodulelist", "authmodulelistorig", "daemons", "authdaemonvar", "DEBUG_LOGIN", "DEFAULTOPTIONS", "LOGGEROPTS",
        "LOGINDB",
    ];

    private static readonly string[] ClientKeys =
    [
        "DEFDOMAIN", "DOMAINSEP", "TCPREMOTEIP", "TIMEOUT_SOCK", "TIMEOUT_READ", "TIMEOUT_WRITE", "AUTH_MKHOMEDIR_SKEL",
    ];

    private static readonly string[] EnvironmentKeys =
    [
        "PATH", "HOME", "SHELL", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "UMASK", "IFS",
    ];

    /// <summary>Libraries that modules use (libldap, libpq, libmariadb, Kerberos, ...) and the C library.</summary>
    private static readonly string[] Prefixes =
    [
        "LDAP", "PG", "MYSQL", "MARIADB", "KRB5", "SASL_", "SSL_", "OPENSSL_", "GNUTLS_", "LC_", "LD_", "MALLOC_",
        "NSS_", "DOTNET_", "AUTHDAEMON_",
    ];

    /// <summary>The warning about <paramref name="name"/>, or <c>null</c> for a known name.</summary>
    public static string? Doubt(string name)
    {
        if (DaemonKeys.Contains(name) || EnvironmentKeys.Contains(name)
            || Array.Exists(Prefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            return null;
        }

        if (ClientKeys.Contains(name))
        {
            return $"{name} has no effect here: it belongs in the environment of the mail server that logs users in";
        }

        return $"unknown setting {name}{Suggestion.For(name, DaemonKeys)}";
    }
}
