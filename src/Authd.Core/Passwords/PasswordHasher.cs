using System.Security.Cryptography;

namespace Authd.Core.Passwords;

/// <summary>Makes password hashes with random salts. May take long: call it off the event loop.</summary>
/// <param name="crypt">The system's crypt().</param>
/// <param name="policy">The policy for password changes.</param>
public sealed class PasswordHasher(ISystemCrypt crypt, PasswordPolicy? policy = null)
{
    /// <summary>Bytes of random salt in a salted digest, unless the old one
    /// had more; courier-authlib reads {SSHA} with exactly 4.</summary>
    private const int SaltLength = 4;

    private readonly PasswordPolicy _policy = policy ?? new PasswordPolicy();

    /// <summary>A hash to store in place of <paramref name="old"/> (<c>null</c> or empty: none), never of a weaker scheme or
    /// lower cost. <c>null</c>: see <see cref="Hash"/>.</summary>
    public string? HashLike(string? old, string password) => Hash(_policy.FormAfter(old ?? ""), password);

    /// <summary>A hash with the preferred method of the system's crypt(), which is its strongest. <c>null</c>: see
    /// <see cref="Hash"/>.</summary>
    public string? HashPreferred(string password) => Hash(crypt.NewSetting(null) ?? PasswordPolicy.Usual, password);

    /// <summary>Hashes <paramref name="password"/> (wire text).</summary>
    /// <param name="like">A scheme's prefix (<c>{SHA256}</c>, <c>$y$</c>, <c>{CRYPT}$6$</c>), or a stored text whose cost and
    /// salt length are the minimum of the new hash.</param>
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
        CryptographicOperations.ZeroMemory(bytes);
        return rest is null ? null : scheme.Prefix + rest;
    }

    private static byte[] FreshSalt(byte[]? old) =>
        RandomNumberGenerator.GetBytes(Math.Max(SaltLength, old?.Length ?? 0));

    private string? Crypt(string like, byte[] password)
    {
        string? setting = CryptSetting.TryParse(like) is { } modern ? modern.Renew(crypt) : crypt.NewSetting(like);
        return setting is null ? null : crypt.Crypt(password, setting);
    }
}
