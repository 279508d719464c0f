using System.Text;
using System.Text.Unicode;

namespace Authd.Core;

/// <summary>
/// Text as the wire carries it, in no known character set: every byte 0x00-0xFF is the char of the same number (Latin-1), so no
/// byte is lost or reinterpreted. Each module transcodes where its back end needs it.
/// </summary>
public static class WireText
{
    /// <summary>Bytes to wire text.</summary>
    public static string FromBytes(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    /// <summary>Wire text to bytes.</summary>
    public static byte[] ToBytes(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>Wire text to bytes in existing memory; returns their number.</summary>
    public static int ToBytes(string text, Span<byte> place) => Encoding.Latin1.GetBytes(text, place);

    /// <summary>Text from .NET (paths, messages) to wire text: its UTF-8 bytes.</summary>
    public static string FromUnicode(string text) => FromBytes(Encoding.UTF8.GetBytes(text));

    /// <summary>Wire text whose bytes are UTF-8 to .NET text (e.g. a path from a configuration file).</summary>
    public static string ToUnicode(string text) => Encoding.UTF8.GetString(ToBytes(text));

    /// <summary>A message for people: wire text whose bytes are UTF-8 becomes .NET text. Any other text, which may be .NET text
    /// already, stays as it is.</summary>
    public static string ForPeople(string text) =>
        text.AsSpan().IndexOfAnyInRange('\u0080', '\u00FF') >= 0 && text.AsSpan().IndexOfAnyExceptInRange('\0', '\u00FF') < 0
        && ToBytes(text) is var bytes && Utf8.IsValid(bytes)
            ? Encoding.UTF8.GetString(bytes) : text;

    /// <summary>The bytes before the first NUL, as C's string functions see them.</summary>
    public static ReadOnlySpan<byte> UpToNul(ReadOnlySpan<byte> bytes)
    {
        int nul = bytes.IndexOf((byte)0);
        return nul < 0 ? bytes : bytes[..nul];
    }
}
