// authpasswd: hashes a password.
using Authd.Core.Passwords;

namespace Authd.Tools;

/// <summary><c>authpasswd [method]</c>: reads a password, prints its hash.</summary>
public static class AuthPasswd
{
    private const string DefaultMethod = "$1$";

    /// <summary>Methods by name (any case), and the prefix of what they print.</summary>
    private static readonly Dictionary<string, string> Methods = new(StringComparer.OrdinalIgnoreCase)
    {
        ["md5"] = "{MD5}",
        ["md5raw"] = "{MD5RAW}",
        ["sha"] = "{SHA}",
        ["sha1"] = "{SHA}",
        ["sha256"] = "{SHA256}",
        ["sha512"] = "{SHA512}",
        ["ssha"] = "{SSHA}",
        ["ssha256"] = "{SSHA256}",
        ["ssha512"] = "{SSHA512}",
        ["crypt"] = "{CRYPT}$6$",
        ["sha256-crypt"] = "{SHA256-CRYPT}$5$",
        ["sha512-crypt"] = "{SHA512-CRYPT}$6$",
        ["blf-crypt"] = "{BLF-CRYPT}$2y$",
        ["bcrypt"] = "$2b$",
        ["scrypt"] = "$7$",
        ["yescrypt"] = "$y$",
        ["gost-yescrypt"] = "$gy$",
        ["plain"] = "{PLAIN}",
    };

    /// <summary>Runs the command.</summary>
    /// <param name="arguments">The method; further ones are ignored, as by the C tool.</param>
    /// <param name="environment">The process.</param>
    /// <param name="crypt">The system's crypt().</param>
    /// <returns>Exit code: 0 printed, 1 no password or no such method.</returns>
    public static int Run(string[] arguments, ToolEnvironment environment, ISystemCrypt crypt)
    {
        string? prefix = arguments is [var method, ..] ? Methods.GetValueOrDefault(method) : DefaultMethod;
        if (prefix is null)
        {
            environment.Complain($"authpasswd: unknown method. Methods: {string.Join(", ", Methods.Keys)}\n");
            return 1;
        }

        if (new PasswordPrompt(environment).AskTwice() is not { } password)
        {
            return 1;
        }

        if (new PasswordHasher(crypt).Hash(prefix, password) is not { } hash)
        {
            environment.Complain("authpasswd: the system's crypt() does not take this method or password\n");
            return 1;
        }

        environment.Print(hash + "\n");
        return 0;
    }
}
