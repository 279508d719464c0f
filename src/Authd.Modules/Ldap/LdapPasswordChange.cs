// What a password change does to an entry.
using Authd.Interop;

namespace Authd.Modules.Ldap;

/// <summary>One change: by the server (RFC 3062), by replacing attributes, or both.</summary>
/// <param name="Dn">The entry.</param>
/// <param name="OldPassword">The password so far.</param>
/// <param name="NewPassword">The new one.</param>
/// <param name="ByServer">The server is to hash and store the password.</param>
/// <param name="Replaced">Attributes that we replace, all in one operation.</param>
internal sealed record LdapPasswordChange(
    string Dn,
    string OldPassword,
    string NewPassword,
    bool ByServer,
    IReadOnlyList<(string Attribute, string Value)> Replaced)
{
    /// <summary>Does it.</summary>
    public LdapResult Apply(LdapConnection connection)
    {
        LdapResult result = new("ldap_passwd_s", LdapCode.Success);
        if (ByServer)
        {
            result = result with { Code = connection.ChangePassword(Dn, OldPassword, NewPassword) };
        }

        return result.Succeeded && Replaced.Count > 0
            ? new LdapResult("ldap_modify_ext_s", connection.Replace(Dn, Replaced))
            : result;
    }
}
