using System.Runtime.InteropServices;
using Authd.Linux.Native;
using Tmds.Linux;

namespace Authd.Linux.Sockets;

/// <summary>
/// inet_pton(3) and inet_ntop(3), as Postfix uses them: .NET's own accept zones, brackets and short forms, and format some
/// addresses differently.
/// </summary>
public static unsafe class NetworkAddress
{
    /// <summary>Bytes of an IPv4 address.</summary>
    public const int V4Size = 4;

    /// <summary>Bytes of an IPv6 address.</summary>
    public const int V6Size = 16;

    private const int LongestText = 46;

    /// <summary>The address's 4 or 16 bytes; <c>null</c> when the text is not an address.</summary>
    public static byte[]? Parse(string text)
    {
        bool isV6 = text.Contains(':');
        byte[] address = new byte[isV6 ? V6Size : V4Size];
        fixed (byte* bytes = address)
        {
            return Libc.inet_pton(Family(address), text, bytes) == 1 ? address : null;
        }
    }

    /// <summary>The usual text of 4 or 16 bytes.</summary>
    public static string Text(ReadOnlySpan<byte> address)
    {
        byte* text = stackalloc byte[LongestText];
        fixed (byte* bytes = address)
        {
            return Marshal.PtrToStringUTF8((nint)Libc.inet_ntop(Family(address), bytes, text, LongestText))!;
        }
    }

    private static int Family(ReadOnlySpan<byte> address) => address.Length == V6Size ? LibC.AF_INET6 : LibC.AF_INET;
}
