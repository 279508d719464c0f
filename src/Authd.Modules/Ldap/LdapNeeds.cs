// The files that libldap opens itself: those of ldap.conf, and certificates named there or in the environment.

using Authd.Core.Chain;

namespace Authd.Modules.Ldap;

/// <summary>The needs of authldap in workers that are not root (ldap.conf(5)).</summary>
internal static class LdapNeeds
{
    private static readonly string[] Systems = ["/etc/ldap/ldap.conf", "/etc/openldap/ldap.conf"];
    private static readonly string[] TlsOptions = ["TLS_CACERT", "TLS_CACERTDIR", "TLS_CERT", "TLS_KEY"];

    internal static void Add(WorkerNeeds needs)
    {
        if (needs.ReadRc("authldaprc") is null)
        {
            return;
        }

        string? home = needs.Variable("HOME");
        string?[] files = [.. Systems, needs.Variable("LDAPCONF"), home is null ? null : Path.Combine(home, ".ldaprc")];
        foreach (string file in files.OfType<string>())
        {
            needs.Use(LdapModule.ModuleName, file);
            AddNamed(file, needs);
        }

        foreach (string option in TlsOptions)
        {
            needs.Use(LdapModule.ModuleName, needs.Variable("LDAP" + option));
        }
    }

    private static void AddNamed(string file, WorkerNeeds needs) => WorkerNeeds.Try(() =>
    {
        foreach (string line in File.Exists(file) ? File.ReadLines(file) : [])
        {
            string[] words = line.Split([' ', '\t'], 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words is [var option, var value] && TlsOptions.Contains(option, StringComparer.OrdinalIgnoreCase))
            {
                needs.Use(LdapModule.ModuleName, value);
            }
        }
    });
}
