namespace Authd.Core.Passwords;

/// <summary>base64 (RFC 4648, standard alphabet) with or without its
/// padding, which some programs omit in stored passwords.</summary>
public static class LooseBase64
{
    /// <summary>The bytes; <c>null</c> when <paramref name="text"/> is not base64.</summary>
    public static byte[]? Decode(string text)
    {
        byte[] bytes = new byte[text.Length];
        string bare = text.TrimEnd('=');
        return Convert.TryFromBase64String(bare.PadRight((bare.Length + 3) / 4 * 4, '='), bytes, out int length)
            ? bytes[..length]
            : null;
    }

    /// <summary>base64 without padding.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(bytes).TrimEnd('=');
}
