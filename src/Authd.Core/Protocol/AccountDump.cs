namespace Authd.Core.Protocol;

/// <summary>courier-authlib's debug lines of an account. The caller
/// puts its prefix in front (<c>authuserdb: </c>, ...).</summary>
public static class AccountDump
{
    /// <summary>Everything but passwords; a missing value shows as <c>&lt;null&gt;</c>.</summary>
    public static string Line(Account account) =>
        $"sysusername={Show(account.SystemUser)}, sysuserid={Show(account.Uid?.ToString())}, "
        + $"sysgroupid={account.Gid}, homedir={account.Home}, address={Show(account.Address)}, "
        + $"fullname={Show(account.FullName)}, maildir={Show(account.Maildir)}, quota={Show(account.Quota)}, "
        + $"options={Show(account.Options)}";

    /// <summary>The passwords: for DEBUG_LOGIN=2 only.</summary>
    public static string PasswordLine(Account account) =>
        $"clearpasswd={Show(account.ClearPassword)}, passwd={Show(account.StoredPassword)}";

    private static string Show(string? value) => value ?? "<null>";
}
