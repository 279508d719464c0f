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
    /// <summary>What is done, in this order.</summary>
    /// <param name="limit">How long each may take.</param>
    public IEnumerable<LdapOperation> Operations(TimeSpan limit)
    {
        if (ByServer)
        {
            yield return new(
                "ldap_passwd_s",
                (LdapConnection connection, TimeSpan _, out int id) => connection.SendPassword(Dn, OldPassword, NewPassword, out id),
                limit,
                Changes: true);
        }

        if (Replaced.Count > 0)
        {
            yield return new(
                "ldap_modify_ext_s",
                (LdapConnection connection, TimeSpan _, out int id) => connection.SendReplace(Dn, Replaced, out id),
                limit,
                Changes: true);
        }
    }
}
