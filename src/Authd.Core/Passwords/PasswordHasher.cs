// Makes the hash of a new password.
using System.Security.Cryptography;

namespace Authd.Core.Passwords;

/// <summary>Makes password hashes with random salts. May take long: call it off the event loop.</summary>
/// <param name="crypt">The system's crypt().</param>
/// <param name="defaultScheme">What replaces a hash that is weak, unknown or missing: a prefix such as <c>$6$</c>,
/// <c>$y$</c> or <c>{SSHA}</c>. SHA-crypt is in every crypt() of the last decade, so that other readers of the same
/// database (the C daemon among them) still understand the new hash.</param>
public sealed class PasswordHasher(ISystemCrypt crypt, string defaultScheme = "$6$")
{
    /// <summary>Bytes of random salt in a salted digest, unless the old one had more; courier-authlib reads {SSHA} with
    /// exactly 4.</summary>
    private const int SaltLength = 4;

    /// <summary>A hash to store in place of <paramref name="old"/> (<c>null</c> or empty: there is none), never of a
    /// weaker scheme or lower cost. <c>null</c>: see <see cref="Hash"/>.</summary>
    public string? HashLike(string? old, string password)
    {
        PasswordScheme found = PasswordScheme.Of(old ?? "");
        if (found.Form != StoredForm.Crypt)
        {
            return Hash(found.Successor ?? old!, password);
        }

        bool keep = CryptSetting.TryParse(found.Rest(old ?? "")) is not null;
        return Hash(keep ? old! : InBraces(found.Prefix, defaultScheme), password);
    }

    /// <summary>Hashes <paramref name="password"/> (wire text).</summary>
    /// <param name="like">A scheme's prefix (<c>{SHA256}</c>, <c>$y$</c>, <c>{CRYPT}$6$</c>), or a stored text, whose cost
    /// and salt length the new hash has at least.</param>
    /// <param name="password">The new password.</param>
    /// <returns><c>null</c> when the system's crypt() does not know the method or refuses the password (libxcrypt: 512
    /// bytes or more).</returns>
    public string? Hash(string like, string password)
    {
        PasswordScheme scheme = PasswordScheme.Of(like);
        byte[] bytes = WireText.ToBytes(password);
        string? rest = scheme.Form switch
        {
            StoredForm.Crypt => Crypt(scheme.Rest(like), bytes),
            StoredForm.Clear => password,
            StoredForm.SaltedDigest => scheme.Encode(bytes, FreshSalt(scheme.SaltOf(scheme.Rest(like)))),
            _ => scheme.Encode(bytes, []),
        };
        return rest is null ? null : scheme.Prefix + rest;
    }

    private static byte[] FreshSalt(byte[]? old) =>
        RandomNumberGenerator.GetBytes(Math.Max(SaltLength, old?.Length ?? 0));

    private string? Crypt(string like, byte[] password)
    {
        string? setting = CryptSetting.TryParse(like) is { } modern ? modern.Renew(crypt) : crypt.NewSetting(like);
        return setting is null ? null : crypt.Crypt(password, setting);
    }

    /// <summary>A default that is a crypt() method keeps the braces that the column's readers expect.</summary>
    private static string InBraces(string prefix, string scheme) => scheme.StartsWith('{') ? scheme : prefix + scheme;
}
