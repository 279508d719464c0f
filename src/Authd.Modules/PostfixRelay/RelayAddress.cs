using Authd.Linux.Sockets;

namespace Authd.Modules.PostfixRelay;

/// <summary>A client's address as the key of a login table, in the
/// form in which Postfix's check_client_access looks it up.</summary>
/// <param name="Text">IPv4 in dotted form, IPv6 as inet_ntop(3) prints it.</param>
/// <param name="IsLoopback">It is this machine's own address, for which Postfix has <c>mynetworks</c>.</param>
public readonly record struct RelayAddress(string Text, bool IsLoopback)
{
    // The manual of courier-auth-postfix shows this in place of ::ffff:
    private const string HistoricMapped = ":ffff::";
    private const int MappedPrefix = NetworkAddress.V6Size - NetworkAddress.V4Size;

    private static ReadOnlySpan<byte> Mapped => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF];

    /// <summary>Reads TCPREMOTEIP; <c>null</c> when it is not an address.</summary>
    public static RelayAddress? Parse(string? text)
    {
        if (text?.StartsWith(HistoricMapped, StringComparison.OrdinalIgnoreCase) == true)
        {
            text = text[HistoricMapped.Length..];
        }

        if (text is null || NetworkAddress.Parse(text) is not { } bytes)
        {
            return null;
        }

        // Postfix looks a mapped address up as IPv4.
        ReadOnlySpan<byte> address = bytes.AsSpan().StartsWith(Mapped) ? bytes.AsSpan(MappedPrefix) : bytes;
        bool isLoopback = address.Length == NetworkAddress.V4Size
            ? address[0] == 127
            : address[^1] == 1 && !address[..^1].ContainsAnyExcept((byte)0);
        return new RelayAddress(NetworkAddress.Text(address), isLoopback);
    }
}
