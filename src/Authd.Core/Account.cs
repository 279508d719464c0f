namespace Authd.Core;

/// <summary>
/// One account as a module supplies it. All text is wire text: one char a byte (Latin-1), see <see cref="WireText"/>.
/// <c>null</c> leaves the key out of the reply; an empty text is sent as it is.
/// </summary>
/// <remarks>A module sets <see cref="SystemUser"/> or <see cref="Uid"/>, not both.</remarks>
public sealed record Account
{
    /// <summary>System account name (USERNAME); the client takes uid and groups from the password file.</summary>
    public string? SystemUser { get; init; }

    /// <summary>Numeric user id (UID).</summary>
    public uint? Uid { get; init; }

    /// <summary>Numeric group id (GID); 0 when the module has none.</summary>
    public uint Gid { get; init; }

    /// <summary>Home directory (HOME); may be empty.</summary>
    public required string Home { get; init; }

    /// <summary>The authenticated identity as the module knows it (ADDRESS).</summary>
    public string? Address { get; init; }

    /// <summary>Full name (NAME), whole; the reply cuts it before the first comma.</summary>
    public string? FullName { get; init; }

    /// <summary>Mailbox (MAILDIR), relative to <see cref="Home"/> or absolute.</summary>
    public string? Maildir { get; init; }

    /// <summary>Maildir quota (QUOTA), e.g. <c>10000000S</c> (bytes).</summary>
    public string? Quota { get; init; }

    /// <summary>Stored password hash (PASSWD).</summary>
    public string? StoredPassword { get; init; }

    /// <summary>Clear-text password (PASSWD2).</summary>
    public string? ClearPassword { get; init; }

    /// <summary>The account's own options (OPTIONS), before DEFAULTOPTIONS are merged in.</summary>
    public string? Options { get; init; }
}
