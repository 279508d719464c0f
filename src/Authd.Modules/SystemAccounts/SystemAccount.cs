using Authd.Core;
using Authd.Linux.Native;
using Authd.Linux.Users;

namespace Authd.Modules.SystemAccounts;

/// <summary>The mail account of a system user, for authpam, authpwd and authshadow.</summary>
/// <param name="User">Its entry in the password database.</param>
/// <param name="Account">The account for the reply, without a clear-text password.</param>
/// <param name="Shadow">Its entry in the shadow database; <c>null</c>: no entry, or see <paramref name="ShadowTrouble"/>.</param>
/// <param name="ShadowTrouble">The reason why the shadow database could not be read.</param>
public sealed record SystemAccount(SystemUser User, Account Account, ShadowEntry? Shadow, LibcException? ShadowTrouble)
{
    /// <summary>Looks both databases up. Blocks.</summary>
    /// <param name="login">The name as the client gave it; the reply repeats it.</param>
    /// <returns><c>null</c> when the user does not exist.</returns>
    /// <exception cref="LibcException">The password database does not answer.</exception>
    public static SystemAccount? Find(string login)
    {
        if (SystemUsers.Find(login) is not { } user)
        {
            return null;
        }

        (ShadowEntry? shadow, LibcException? trouble) = FindShadow(login);
        Account account = new()
        {
            SystemUser = login,
            Gid = user.Gid,
            Home = user.Home,
            Address = login,
            FullName = user.Gecos,
            StoredPassword = shadow?.Hash ?? user.PasswordField,
        };
        return new SystemAccount(user, account, shadow, trouble);
    }

    /// <summary>Most systems let only root read hashes; the module decides what a refusal means.</summary>
    private static (ShadowEntry? Entry, LibcException? Trouble) FindShadow(string login)
    {
        try
        {
            return (SystemUsers.FindShadow(login), null);
        }
        catch (LibcException trouble)
        {
            return (null, trouble);
        }
    }
}
