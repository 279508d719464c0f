// The limits of an account in vpopmail's gid field and in its domain limits.
namespace Authd.Modules.Vchkpw;

/// <summary>The bits of the gid field that matter here, with vpopmail's values.</summary>
[Flags]
public enum AccountLimits
{
    /// <summary>Nothing is forbidden.</summary>
    None = 0,

    /// <summary>NO_PASSWD_CHNG.</summary>
    NoPasswordChange = 0x01,

    /// <summary>NO_POP.</summary>
    NoPop = 0x02,

    /// <summary>NO_WEBMAIL.</summary>
    NoWebmail = 0x04,

    /// <summary>NO_IMAP.</summary>
    NoImap = 0x08,

    /// <summary>NO_SMTP.</summary>
    NoSmtp = 0x800,

    /// <summary>V_OVERRIDE: the domain's limits do not apply.</summary>
    Override = 0x2000,
}

/// <summary>Courier's options for the limits that its servers understand.</summary>
public static class AccountLimitOptions
{
    private static readonly (AccountLimits Flag, string Option)[] Known =
    [
        (AccountLimits.NoImap, "disableimap=1"),
        (AccountLimits.NoPop, "disablepop3=1"),
        (AccountLimits.NoWebmail, "disablewebmail=1"),
    ];

    /// <summary>The account options that forbid the same, separated by commas; may be empty.</summary>
    public static string ToOptions(this AccountLimits limits) =>
        string.Join(',', Known.Where(known => limits.HasFlag(known.Flag)).Select(static known => known.Option));
}

/// <summary>The domain limits that qmailadmin and vpopmail keep in a file.</summary>
public static class DomainLimits
{
    private static readonly Dictionary<string, AccountLimits> Known = new(StringComparer.Ordinal)
    {
        ["disable_pop"] = AccountLimits.NoPop,
        ["disable_imap"] = AccountLimits.NoImap,
        ["disable_webmail"] = AccountLimits.NoWebmail,
        ["disable_smtp"] = AccountLimits.NoSmtp,
        ["disable_password_changing"] = AccountLimits.NoPasswordChange,
    };

    /// <summary>The flags set by a file's lines (<c>name: value</c>, or a bare name); the values do not matter.</summary>
    public static AccountLimits Parse(IEnumerable<string> lines) => lines
        .Select(static line => line.Split(':')[0].Trim())
        .Aggregate(AccountLimits.None, static (flags, name) => flags | Known.GetValueOrDefault(name));

    /// <summary>The account's flags and, unless it is exempt, the domain's.</summary>
    public static AccountLimits Combine(AccountLimits account, AccountLimits domain) =>
        account.HasFlag(AccountLimits.Override) ? account : account | domain;
}
