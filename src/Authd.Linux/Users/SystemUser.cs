// The system's entries for a user in the password database and in the shadow database.
namespace Authd.Linux.Users;

/// <summary>An entry of the password database (passwd(5)). Text is wire text: one char a byte.</summary>
/// <param name="Name">Login name.</param>
/// <param name="PasswordField">Second field: <c>x</c> where hashes are in the shadow database.</param>
/// <param name="Uid">User id.</param>
/// <param name="Gid">Id of the primary group.</param>
/// <param name="Gecos">Comment; the full name precedes its first comma.</param>
/// <param name="Home">Home directory.</param>
/// <param name="Shell">Login shell.</param>
public sealed record SystemUser(
    string Name, string PasswordField, uint Uid, uint Gid, string Gecos, string Home, string Shell);

/// <summary>The fields of an entry of the shadow database (shadow(5)) that are used here. Days count from 1970-01-01, UTC; -1
/// stands for an empty field.</summary>
/// <param name="Hash">The encrypted password; may be empty, or begin with <c>!</c> or <c>*</c>: locked. Wire text.</param>
/// <param name="LastChange">Day of the last password change.</param>
/// <param name="MaximumAge">Days after which the password must be changed.</param>
/// <param name="Expiry">Day on which the account expires.</param>
public sealed record ShadowEntry(string Hash, long LastChange, long MaximumAge, long Expiry);
