using System.Net;
using System.Net.Sockets;

namespace Authd.Core.Penalty;

/// <summary>The client address as penalties count it: an IPv4 address,
/// mapped or not, or an IPv6 /64, which one customer has.</summary>
public static class ClientNetwork
{
    private const int Ipv6Bytes = 8;
    private const int MappedBits = 96;

    /// <summary>Reads TCPREMOTEIP; <c>null</c> when it is no address.</summary>
    public static IPAddress? Parse(string text) => !IPAddress.TryParse(text, out IPAddress? address)
        ? null
        : address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    /// <summary>The bytes common to all addresses that are counted together.</summary>
    public static byte[] Bytes(IPAddress address)
    {
        byte[] bytes = address.GetAddressBytes();
        return address.AddressFamily == AddressFamily.InterNetwork ? bytes : bytes[..Ipv6Bytes];
    }

    /// <summary>The counted address or network for the log: <c>192.0.2.1</c>, <c>2001:db8::/64</c>.</summary>
    public static string Text(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork
        ? address.ToString()
        : $"{new IPAddress([.. Bytes(address), .. new byte[Ipv6Bytes]])}/64";

    /// <summary>Reads a network (<c>192.0.2.0/24</c>) or a single address; <c>null</c> when it is neither.</summary>
    public static IPNetwork? ParseNetwork(string text)
    {
        if (text.Contains('/', StringComparison.Ordinal))
        {
            return !IPNetwork.TryParse(text, out IPNetwork network) ? null
                : network is { BaseAddress.IsIPv4MappedToIPv6: true, PrefixLength: >= MappedBits }
                    ? new IPNetwork(network.BaseAddress.MapToIPv4(), network.PrefixLength - MappedBits)
                    : network;
        }

        return Parse(text) is { } address
            ? new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)
            : null;
    }
}
