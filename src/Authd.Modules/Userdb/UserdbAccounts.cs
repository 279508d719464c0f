using Authd.Core;
using Authd.Core.Logging;

namespace Authd.Modules.Userdb;

/// <summary>Makes accounts of the records of userdb.dat.</summary>
/// <param name="log">Takes the debug lines and the warnings about unusable records.</param>
internal sealed class UserdbAccounts(Log log)
{
    private readonly OddHomes _homes = new("authuserdb", log);

    /// <summary>
    /// The account of <paramref name="user"/>, without passwords. A record without home, uid or gid is rejected; one whose uid or
    /// gid is 0 or not a number fails temporarily, because no mail account is root's.
    /// </summary>
    public AuthOutcome Read(UserdbRecord record, string user)
    {
        if (MissingField(record) is { } missing)
        {
            log.Debug($"userdb: required value '{missing}' is missing");

            // The entries UID=, which map a uid to its account, are in the same database.
            if (missing == "home" && !user.EndsWith('='))
            {
                _homes.Check(user, "", "neither logins nor lookups find it; set it with userdb and run makeuserdb");
            }

            return AuthOutcome.Reject(missing == "home" ? Reasons.NoHome : Reasons.BrokenRecord);
        }

        Account account = ToAccount(record, user);
        _homes.Check(user, account.Home, "logins and lookups find it nevertheless; set it with userdb and run makeuserdb");
        if (log.Debugging)
        {
            log.Debug(
                $"userdb: home={account.Home}, uid={account.Uid}, gid={account.Gid}, "
                + $"shell={Show(record.Text("shell"u8))}, mail={Show(account.Maildir)}, quota={Show(account.Quota)}, "
                + $"gecos={Show(account.FullName)}, options={Show(account.Options)}");
        }

        return IsPermitted(account, record) ? AuthOutcome.Accept(account) : AuthOutcome.TempFail(Reasons.BrokenRecord);
    }

    /// <summary>The account for an enumeration; <c>null</c> for a record that
    /// is not an account (reverse entries share the database).</summary>
    public Account? ReadListed(UserdbRecord record, string user)
    {
        if (MissingField(record) is not null)
        {
            return null;
        }

        Account account = ToAccount(record, user);
        return IsPermitted(account, record) ? account : null;
    }

    private static Account ToAccount(UserdbRecord record, string user) => new()
    {
        Uid = record.Number("uid"u8),
        Gid = record.Number("gid"u8),
        Home = record.Text("home"u8) ?? "",
        Address = user,
        FullName = record.Text("gecos"u8),
        Maildir = record.Text("mail"u8),
        Quota = record.Text("quota"u8),
        Options = record.Text("options"u8),
    };

    private bool IsPermitted(Account account, UserdbRecord record)
    {
        bool permitted = account.Uid != 0 && account.Gid != 0;
        if (!permitted)
        {
            log.Err($"authuserdb: refuse {account.Address}: uid={record.Text("uid"u8)}, gid={record.Text("gid"u8)} "
                + "(zero and what is no number are not permitted)");
        }

        return permitted;
    }

    private static string? MissingField(UserdbRecord record) =>
        !record.TryGet("home"u8, out _) ? "home"
        : !record.TryGet("uid"u8, out _) ? "uid"
        : !record.TryGet("gid"u8, out _) ? "gid"
        : null;

    private static string Show(string? value) => value ?? "<unset>";
}
