// The mail account of a system user.
using Authd.Core;
using Authd.Interop;

namespace Authd.Modules.SystemAccounts;

/// <summary>A system user as authpam, authpwd and authshadow see it.</summary>
/// <param name="User">Its entry in the password database.</param>
/// <param name="Account">What is sent to the client, without a clear-text password.</param>
/// <param name="Shadow">Its entry in the shadow database; <c>null</c>: there is none, or see <paramref name="ShadowTrouble"/>.</param>
/// <param name="ShadowTrouble">Why the shadow database could not be read.</param>
public sealed record SystemAccount(SystemUser User, Account Account, ShadowEntry? Shadow, LibcException? ShadowTrouble)
{
    /// <summary>Looks both databases up. Blocks.</summary>
    /// <param name="login">The name as the client gave it: it goes back in the reply.</param>
    /// <returns><c>null</c> when there is no such user.</returns>
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

    /// <summary>Most systems let nobody but root read hashes: what that means is for the module to decide.</summary>
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
