using System.Security.Cryptography;
using Authd.Core;

namespace Authd.Tests.Support;

/// <summary>Well-formed requests of courier-authlib's socket protocol,
/// which tests spoil as needed. All text is one char a byte.</summary>
public static class Requests
{
    /// <summary>ENUMERATE.</summary>
    public const string Enumerate = "ENUMERATE\n";

    /// <summary>PRE.</summary>
    public static string Lookup(string user, string service = "imap", string selector = ".") =>
        $"PRE {selector} {service} {user}\n";

    /// <summary>AUTH with a count that fits.</summary>
    public static string Auth(string service, string authType, string authData)
    {
        string payload = $"{service}\n{authType}\n{authData}";
        return $"AUTH {payload.Length}\n{payload}";
    }

    /// <summary>AUTH login.</summary>
    public static string Login(string user, string password, string service = "imap") =>
        Auth(service, "login", $"{user}\n{password}\n");

    /// <summary>AUTH cram-md5, cram-sha1 or cram-sha256 with the response of a client that knows the password.</summary>
    public static string Cram(string authType, string user, string password, string challenge, string service = "imap") =>
        Auth(service, authType, $"{Base64(challenge)}\n{Base64($"{user} {Digest(authType, password, challenge)}")}\n");

    /// <summary>PASSWD.</summary>
    public static string ChangePassword(string user, string oldPassword, string newPassword, string service = "imap") =>
        $"PASSWD {service}\t{user}\t{oldPassword}\t{newPassword}\n";

    /// <summary>The digest of a CRAM response, in lower-case hexadecimal.</summary>
    public static string Digest(string authType, string password, string challenge)
    {
        byte[] key = WireText.ToBytes(password);
        byte[] message = WireText.ToBytes(challenge);
        return Convert.ToHexStringLower(authType switch
        {
            "cram-md5" => HMACMD5.HashData(key, message),
            "cram-sha1" => HMACSHA1.HashData(key, message),
            "cram-sha256" => HMACSHA256.HashData(key, message),
            _ => throw new ArgumentException(authType, nameof(authType)),
        });
    }

    /// <summary>Base64 of wire text.</summary>
    public static string Base64(string text) => Convert.ToBase64String(WireText.ToBytes(text));
}
