// The keys from which CRAM responses are checked: courier's userdb stores them as hmac-md5pw and the like.
using System.Buffers;
using System.Security.Cryptography;
using Authd.Core.Logging;
using Authd.Core.Protocol;

namespace Authd.Core.Passwords;

/// <summary>
/// A key is what HMAC (RFC 2104) keeps of a password: the hash's state after the outer and after the inner pad, as
/// hexadecimal <c>outer || inner</c>. It lets a server check responses without knowing the password.
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
        return Convert.ToHexStringLower([.. PaddedState(function, key, OuterPad), .. PaddedState(function, key, InnerPad)]);
    }

    /// <summary>Whether the response was made with the password that <paramref name="keyText"/> (either case) stands for.
    /// A key that cannot be read matches nothing. Logs the result as courier-authlib does.</summary>
    public static bool Matches(CramData cram, string keyText, Log log)
    {
        bool matches = Digest(cram, keyText) is { } right
            && FromHex(cram.Digest, right.Length) is { } given
            && CryptographicOperations.FixedTimeEquals(right, given);
        log.Debug(matches ? "cram validation succeeded" : "cram validation failed");
        return matches;
    }

    /// <summary>Whether the response was made with <paramref name="password"/> (wire text), where that is known.</summary>
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
