namespace Authd.Core.Passwords;

/// <summary>The order of the stored forms, by the cost of guessing
/// a password from them; docs/PASSWORDS.md describes it.</summary>
internal static class PasswordStrength
{
    private static readonly string[][] WeakestFirst =
    [
        ["{PLAIN}"],
        ["$3$"],
        ["{MD5}", "{MD5RAW}"],
        ["{SHA}", "{SHA1}"],
        ["{SHA256}"],
        ["{SHA512}"],
        ["{SSHA}"],
        ["{SSHA256}"],
        ["{SSHA512}"],
        ["_"],
        ["$1$", "$md5", "$sha1"],
        ["$5$"],
        ["$6$"],
        ["$2"],
        ["$7$"],
        ["$y$", "$gy$"],
        ["$argon2i$"],
        ["$argon2id$"],
    ];

    /// <summary>A number that is greater for a stronger form. DES and unknown forms come before all others.</summary>
    /// <param name="stored">A stored text or its prefix.</param>
    public static int Of(string stored)
    {
        PasswordScheme scheme = PasswordScheme.Of(stored);
        string form = scheme.Form == StoredForm.Crypt ? scheme.Rest(stored) : scheme.Prefix;
        return Array.FindIndex(
            WeakestFirst, prefixes => Array.Exists(prefixes, prefix => form.StartsWith(prefix, StringComparison.Ordinal)));
    }

    /// <summary>Whether a new password may be stored in the form of <paramref name="stored"/>: a salted form, or one that
    /// courier-authlib has always kept.</summary>
    public static bool MayStay(string stored)
    {
        PasswordScheme scheme = PasswordScheme.Of(stored);
        return scheme.Form == StoredForm.Crypt
            ? CryptSetting.TryParse(scheme.Rest(stored)) is not null
            : scheme.Successor is null;
    }
}
