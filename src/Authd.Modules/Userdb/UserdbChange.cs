// What a password change does to an account's record.
namespace Authd.Modules.Userdb;

/// <summary>One field that gets another value.</summary>
/// <param name="Field">Its name.</param>
/// <param name="Old">What it must still hold.</param>
/// <param name="New">What it is to hold.</param>
internal sealed record UserdbChange(string Field, string Old, string New);
