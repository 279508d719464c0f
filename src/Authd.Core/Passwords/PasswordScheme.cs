// The list of the forms in which an account's password can be stored.
using System.Security.Cryptography;

namespace Authd.Core.Passwords;

/// <summary>The part after a scheme's prefix.</summary>
internal enum StoredForm
{
    /// <summary>base64 of the digest.</summary>
    Digest,

    /// <summary>Hexadecimal of the digest.</summary>
    HexDigest,

    /// <summary>base64 of digest(password, salt) followed by the salt, of any length.</summary>
    SaltedDigest,

    /// <summary>A text of the system's crypt().</summary>
    Crypt,

    /// <summary>The password itself.</summary>
    Clear,
}

/// <summary>One way to store a password.</summary>
/// <param name="Prefix">The beginning of the stored text; any case.</param>
/// <param name="Form">The form of the rest.</param>
/// <param name="Hash">The hash of the digest forms.</param>
/// <param name="Successor">The scheme that replaces it in a password change; <c>null</c>: the same one.</param>
internal sealed record PasswordScheme(
    string Prefix, StoredForm Form, HashAlgorithmName Hash = default, string? Successor = null)
{
    // A fast unsalted hash, or clear text, is replaced by {SSHA}: the one salted form in braces that every courier-authlib,
    // OpenLDAP and Dovecot read, and no wider than {SHA256}. A bare $6$ would be clear text to an LDAP server.
    private const string Salted = "{SSHA}";

    /// <summary>All schemes. The last one's prefix is empty: any other text is crypt()'s, whose failures never match.</summary>
    public static IReadOnlyList<PasswordScheme> All { get; } =
    [
        new("{MD5}", StoredForm.Digest, HashAlgorithmName.MD5, Salted),
        new("{MD5RAW}", StoredForm.HexDigest, HashAlgorithmName.MD5, Salted),
        new("{SHA}", StoredForm.Digest, HashAlgorithmName.SHA1, Salted),
        new("{SHA1}", StoredForm.Digest, HashAlgorithmName.SHA1, Salted),
        new("{SHA256}", StoredForm.Digest, HashAlgorithmName.SHA256),
        new("{SHA512}", StoredForm.Digest, HashAlgorithmName.SHA512),
        new("{SSHA}", StoredForm.SaltedDigest, HashAlgorithmName.SHA1),
        new("{SSHA256}", StoredForm.SaltedDigest, HashAlgorithmName.SHA256),
        new("{SSHA512}", StoredForm.SaltedDigest, HashAlgorithmName.SHA512),
        new("{CRYPT}", StoredForm.Crypt),
        new("{BLF-CRYPT}", StoredForm.Crypt),
        new("{SHA256-CRYPT}", StoredForm.Crypt),
        new("{SHA512-CRYPT}", StoredForm.Crypt),
        new("{ARGON2I}", StoredForm.Crypt),
        new("{ARGON2ID}", StoredForm.Crypt),
        new("{ARGON2}", StoredForm.Crypt),
        new("{PLAIN}", StoredForm.Clear, Successor: Salted),
        new("", StoredForm.Crypt),
    ];

    /// <summary>The scheme of a stored text.</summary>
    public static PasswordScheme Of(string stored) =>
        All.First(scheme => stored.StartsWith(scheme.Prefix, StringComparison.OrdinalIgnoreCase));

    /// <summary>The part after the prefix in a text of this scheme.</summary>
    public string Rest(string stored) => stored[Prefix.Length..];

    /// <summary>The digest forms' text for <paramref name="password"/>, without prefix; other forms do not have one.</summary>
    public string Encode(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt)
    {
        byte[] digest = CryptographicOperations.HashData(Hash, [.. password, .. salt]);
        return Form == StoredForm.HexDigest
            ? Convert.ToHexStringLower(digest)
            : Convert.ToBase64String([.. digest, .. salt]);
    }

    /// <summary>The salt in a text of this scheme, without prefix: empty
    /// for a form without salt, <c>null</c> for a malformed text.</summary>
    public byte[]? SaltOf(string rest)
    {
        if (Form != StoredForm.SaltedDigest)
        {
            return [];
        }

        int digestLength = CryptographicOperations.HashData(Hash, []).Length;
        return LooseBase64.Decode(rest) is { } bytes && bytes.Length >= digestLength ? bytes[digestLength..] : null;
    }
}
