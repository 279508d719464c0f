using Authd.Core.Passwords;
using Authd.Core.Protocol;

namespace Authd.Tools.Userdb;

/// <summary><c>userdbpw [-md5 | -hmac-md5 | -hmac-sha1 | -hmac-sha256]</c>:
/// reads a password, prints the value of a userdb field.</summary>
public static class UserdbPw
{
    private const string KeyOption = "-hmac-";

    /// <summary>Runs the command.</summary>
    /// <param name="arguments">The last <c>-hmac-</c> option counts, then <c>-md5</c> for a <c>$1$</c> hash; else a
    /// <c>$6$</c> hash is made.</param>
    /// <param name="environment">The process.</param>
    /// <param name="crypt">The system's crypt().</param>
    /// <returns>Exit code: 0 for success, 1 without a password or for invalid arguments.</returns>
    public static int Run(string[] arguments, ToolEnvironment environment, ISystemCrypt crypt)
    {
        string prefix = "$6$";
        CramHash? key = null;
        foreach (string argument in arguments)
        {
            if (argument == "-md5")
            {
                prefix = "$1$";
            }
            else if (argument.StartsWith(KeyOption, StringComparison.Ordinal)
                && CramHashes.TryParse(argument[KeyOption.Length..], out CramHash hash))
            {
                key = hash;
            }
            else
            {
                environment.Complain("userdbpw: invalid argument.\n");
                return 1;
            }
        }

        if (new PasswordPrompt(environment).AskTwice() is not { } password)
        {
            return 1;
        }

        string? stored = key is { } cram
            ? HmacKey.FromPassword(cram, password)
            : new PasswordHasher(crypt).Hash(prefix, password);
        if (stored is null)
        {
            environment.Complain("userdbpw: the system's crypt() does not take this password\n");
            return 1;
        }

        environment.Print(stored + "\n");
        return 0;
    }
}
