using Authd.Linux.Native;

namespace Authd.Linux.Ldap;

/// <summary>Checks an administrator's texts, by asking libldap without a server whether it can send them.</summary>
public static unsafe class LdapSyntax
{
    /// <summary>No server listens there, and libldap sends nothing before it has understood the filter.</summary>
    private const string Nowhere = "ldapi://%2F";

    /// <summary>Whether libldap can send <paramref name="filter"/>; wire text.</summary>
    public static bool IsFilter(string filter)
    {
        nint ld;
        fixed (byte* uri = CStrings.One(Nowhere))
        {
            if (LibLdap.ldap_initialize(out ld, uri) != LdapCode.Success)
            {
                return true;
            }
        }

        Libc.Timeval limit = new(TimeSpan.FromSeconds(1));
        fixed (byte* text = CStrings.One(filter), name = CStrings.One(""))
        {
            int code = LibLdap.ldap_search_ext(ld, name, LibLdap.LDAP_SCOPE_BASE, text, null, 0, null, 0, &limit, 1, out _);
            LibLdap.ldap_unbind_ext(ld, 0, 0);
            return code != LibLdap.LDAP_FILTER_ERROR;
        }
    }

    /// <summary>Whether <paramref name="dn"/> can be an entry's name; wire text.</summary>
    public static bool IsDn(string dn)
    {
        fixed (byte* text = CStrings.One(dn))
        {
            int code = LibLdap.ldap_str2dn(text, out nint parts, 0);
            LibLdap.ldap_dnfree(parts);
            return code == LdapCode.Success;
        }
    }
}
