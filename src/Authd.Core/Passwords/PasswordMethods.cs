// The names of password schemes: authpasswd's argument, and the values of [passwords] in authdaemond.ini.
namespace Authd.Core.Passwords;

/// <summary>Names of password schemes: courier-authlib's, those of
/// crypt(5) for the bare forms, Dovecot's for those in braces.</summary>
public static class PasswordMethods
{
    /// <summary>The prefix that each method writes, by name (any case).</summary>
    public static IReadOnlyDictionary<string, string> All { get; } =
        new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
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
            ["md5crypt"] = "$1$",
            ["sha256crypt"] = "$5$",
            ["sha512crypt"] = "$6$",
            ["bcrypt"] = "$2b$",
            ["scrypt"] = "$7$",
            ["yescrypt"] = "$y$",
            ["gost-yescrypt"] = "$gy$",
            ["argon2i"] = "{ARGON2I}$argon2i$",
            ["argon2id"] = "{ARGON2ID}$argon2id$",
            ["blf-crypt"] = "{BLF-CRYPT}$2y$",
            ["sha256-crypt"] = "{SHA256-CRYPT}$5$",
            ["sha512-crypt"] = "{SHA512-CRYPT}$6$",
            ["descrypt"] = "",
            ["bsdicrypt"] = "_",
            ["nt"] = "$3$",
            ["sunmd5"] = "$md5",
            ["sha1crypt"] = "$sha1",
            ["plain"] = "{PLAIN}",
        };

    /// <summary>The methods that a password change may write.</summary>
    public static IReadOnlyDictionary<string, string> ForChanges { get; } = All
        .Where(static method => PasswordStrength.MayStay(method.Value))
        .ToDictionary(StringComparer.OrdinalIgnoreCase);
}
