namespace Authd.Modules.Userdb;

/// <summary>A password change's effect on one field of an account's record.</summary>
/// <param name="Field">The field's name.</param>
/// <param name="Old">The value that it must still hold.</param>
/// <param name="New">Its new value.</param>
public sealed record UserdbChange(string Field, string Old, string New);
