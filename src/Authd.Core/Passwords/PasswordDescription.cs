namespace Authd.Core.Passwords;

/// <summary>The scheme and the cost of a stored password, which may be shown.</summary>
public static class PasswordDescription
{
    private static readonly (string Prefix, string Name)[] CryptMethods =
    [
        ("$1$", "MD5-crypt"), ("$5$", "SHA256-crypt"), ("$6$", "SHA512-crypt"), ("$2", "bcrypt"), ("$y$", "yescrypt"),
        ("$gy$", "gost-yescrypt"), ("$7$", "scrypt"), ("$3$", "NT hash"), ("$md5", "SunMD5"), ("$sha1", "SHA1-crypt"),
        ("$argon2i$", "Argon2i"), ("$argon2id$", "Argon2id"),
    ];

    /// <summary>E.g. <c>SHA512-crypt, rounds=5000</c>, <c>{SSHA}</c>, <c>DES or unknown crypt</c>.</summary>
    public static string Of(string stored)
    {
        PasswordScheme scheme = PasswordScheme.Of(stored);
        if (scheme.Form != StoredForm.Crypt)
        {
            return scheme.Form == StoredForm.Clear ? $"{scheme.Prefix}, clear text" : scheme.Prefix;
        }

        string rest = scheme.Rest(stored);
        (string Prefix, string Name) method = Array.Find(CryptMethods, one => rest.StartsWith(one.Prefix, StringComparison.Ordinal));
        string name = method.Name ?? (rest.StartsWith('{') || rest.StartsWith('$') ? "a scheme that is not known here" : "DES crypt, or no hash at all");
        string? cost = CryptSetting.TryParse(rest) is { Parameters.Length: > 0 } setting ? setting.Parameters.TrimEnd('$') : null;
        return (scheme.Prefix.Length > 0 ? $"{scheme.Prefix}, " : "") + name + (cost is null ? "" : $", cost {cost}");
    }
}
