namespace Authd.Core;

/// <summary>Forms of a stored password, by the logins that they allow.</summary>
[Flags]
public enum StoredPasswords
{
    /// <summary>No accounts.</summary>
    None = 0,

    /// <summary>Any form that can be compared with a password from the client.</summary>
    Any = 1,

    /// <summary>A form by which the answer to a CRAM challenge can be checked: the password, or a key derived from it.</summary>
    CramKey = 2,

    /// <summary>The password in clear text, which the reply to a lookup contains.</summary>
    Clear = 4,
}
