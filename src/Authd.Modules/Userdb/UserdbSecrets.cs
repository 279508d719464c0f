// What a password change must know of an account.
namespace Authd.Modules.Userdb;

/// <summary>An account's passwords as the databases hold them.</summary>
/// <param name="Source">Which text file the account is in: empty, or a path below the userdb directory and <c>/</c>.</param>
/// <param name="Fields">Its fields of userdbshadow.dat.</param>
internal sealed record UserdbSecrets(string Source, UserdbFields Fields);

/// <summary>One field that gets another value.</summary>
/// <param name="Field">Its name.</param>
/// <param name="Old">What it must still hold.</param>
/// <param name="New">What it is to hold.</param>
internal sealed record UserdbChange(string Field, string Old, string New);
