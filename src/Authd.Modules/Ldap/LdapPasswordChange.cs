using Authd.Linux.Ldap;

namespace Authd.Modules.Ldap;

/// <summary>A password change of an entry: by the server (RFC 3062), by replacing attributes, or both.</summary>
/// <param name="Dn">The entry.</param>
/// <param name="OldPassword">The old password.</param>
/// <param name="NewPassword">The new password.</param>
/// <param name="ByServer">The server hashes and stores the password.</param>
/// <param name="Replaced">The attributes that we replace, all in one operation.</param>
internal sealed record LdapPasswordChange(
    string Dn,
    string OldPassword,
    string NewPassword,
    bool ByServer,
    IReadOnlyList<(string Attribute, string Value)> Replaced)
{
    /// <summary>The operations, in order.</summary>
    /// <param name="limit">The time limit of each.</param>
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
