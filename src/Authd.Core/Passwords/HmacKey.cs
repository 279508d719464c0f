// The keys for checking CRAM responses, which courier's userdb stores as hmac-md5pw and the like.
using System.Buffers;
using System.Security.Cryptography;
using Authd.Core.Logging;
using Authd.Core.Protocol;

namespace Authd.Core.Passwords;

/// <summary>
/// A key is the part of a password that HMAC (RFC 2104) needs: the hash's state after the outer and after the inner pad, as
/// hexadecimal <c>outer || inner</c>. With it a server can check responses without the password.
/// </summary>
public static class HmacKey
{
    private const byte OuterPad = 0x5C;
    private const byte InnerPad = 0x36;

    /// <summary>The key's text for <paramref name="password"/> (wire text), lower case: 64, 80 or 128 chars.</summary>
    public static string FromPassword(CramHash hash, string password)
    {
        ChainingHash function = ChainingHash.Of(hash);
        byte[] secret = WireText.ToBytes(password);
        byte[] key = new byte[ChainingHash.BlockLength];
        (secret.Length > key.Length ? function.Finish([], 0, secret) : secret).CopyTo(key, 0);
        CryptographicOperations.ZeroMemory(secret);
        string text = Convert.ToHexStringLower([.. PaddedState(function, key, OuterPad), .. PaddedState(function, key, InnerPad)]);
        CryptographicOperations.ZeroMemory(key);
        return text;
    }

    /// <summary>Whether the response was made with the password of <paramref name="keyText"/> (either case). A malformed key
    /// matches nothing. Logs the result as courier-authlib does.</summary>
    public static bool Matches(CramData cram, string keyText, Log log)
    {
        bool matches = Digest(cram, keyText) is { } right
            && FromHex(cram.Digest, right.Length) is { } given
            && CryptographicOperations.FixedTimeEquals(right, given);
        log.Debug(matches ? "cram validation succeeded" : "cram validation failed");
        return matches;
    }

    /// <summary>Whether the response was made with <paramref name="password"/> (wire text).</summary>
    public static bool MatchesPassword(CramData cram, string password, Log log) =>
        Matches(cram, FromPassword(cram.Hash, password), log);

    private static byte[]? Digest(CramData cram, string keyText)
    {
        ChainingHash function = ChainingHash.Of(cram.Hash);
        int length = function.StateLength;
        if (FromHex(keyText, 2 * length) is not { } key)
        {
            return null;
        }

        byte[] inner = function.Finish(key.AsSpan(length), ChainingHash.BlockLength, cram.Challenge);
        return function.Finish(key.AsSpan(0, length), ChainingHash.BlockLength, inner);
    }

    private static byte[] PaddedState(ChainingHash function, byte[] key, byte pad) =>
        function.StateAfter(Array.ConvertAll(key, octet => (byte)(octet ^ pad)));

    private static byte[]? FromHex(string text, int length)
    {
        byte[] bytes = new byte[length];
        return text.Length == 2 * length
            && Convert.FromHexString(text, bytes, out _, out _) == OperationStatus.Done ? bytes : null;
    }
}
