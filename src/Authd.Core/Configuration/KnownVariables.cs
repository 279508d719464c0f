// Which names authdaemonrc may sensibly set: everything else is probably a slip of the pen.
namespace Authd.Core.Configuration;

/// <summary>Judges the names that authdaemonrc sets. Nothing here is fatal: the shell exported any name.</summary>
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

    /// <summary>What to say about <paramref name="name"/>, or <c>null</c> when it is in order.</summary>
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

        string? near = Array.Find(DaemonKeys, key => Distance(key, name) <= 2);
        return $"unknown setting {name}" + (near is null ? "" : $" (did you mean {near}?)");
    }

    /// <summary>Levenshtein distance without regard to case.</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                bool same = char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]);
                int substituted = diagonal + (same ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[^1];
    }
}
