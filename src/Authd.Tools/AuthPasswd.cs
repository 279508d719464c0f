using Authd.Core.Passwords;

namespace Authd.Tools;

/// <summary><c>authpasswd [method]</c>: reads a password, prints its hash.</summary>
public static class AuthPasswd
{
    /// <summary>Runs the command.</summary>
    /// <param name="arguments">The method, by default the one that the system's crypt() prefers; further arguments are ignored,
    /// as by the C tool.</param>
    /// <param name="environment">The process.</param>
    /// <param name="crypt">The system's crypt().</param>
    /// <returns>Exit code: 0 for success, 1 without a password or for an unknown method.</returns>
    public static int Run(string[] arguments, ToolEnvironment environment, ISystemCrypt crypt)
    {
        string? prefix = null;
        if (arguments is [var method, ..] && !PasswordMethods.All.TryGetValue(method, out prefix))
        {
            environment.Complain($"authpasswd: unknown method. Methods: {string.Join(", ", PasswordMethods.All.Keys)}\n");
            return 1;
        }

        if (new PasswordPrompt(environment).AskTwice() is not { } password)
        {
            return 1;
        }

        PasswordHasher hasher = new(crypt);
        if ((prefix is null ? hasher.HashPreferred(password) : hasher.Hash(prefix, password)) is not { } hash)
        {
            environment.Complain("authpasswd: the system's crypt() does not take this method (argon2: there is no libargon2) or password\n");
            return 1;
        }

        environment.Print(hash + "\n");
        return 0;
    }
}
