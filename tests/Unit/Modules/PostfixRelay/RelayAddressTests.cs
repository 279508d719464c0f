// The form of addresses in a login table.
using Authd.Modules.PostfixRelay;
using Xunit;

namespace Authd.Tests.Unit.Modules.PostfixRelay;

public sealed class RelayAddressTests
{
    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("::FFFF:192.0.2.7", "192.0.2.7")]
    [InlineData("::ffff:c000:207", "192.0.2.7")]
    [InlineData(":ffff::192.0.2.7", "192.0.2.7")]
    [InlineData("2001:DB8:0:0:1:0:0:25", "2001:db8::1:0:0:25")]
    [InlineData("2001:db8:0:1:0:0:0:25", "2001:db8:0:1::25")]
    [InlineData("2001:db8:0:1:1:1:1:25", "2001:db8:0:1:1:1:1:25")]
    [InlineData("fe80::5efe:c000:207", "fe80::5efe:c000:207")]
    public void An_address_is_stored_as_Postfix_asks_for_it(string given, string stored) =>
        Assert.Equal(new RelayAddress(stored, IsLoopback: false), RelayAddress.Parse(given));

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("127.9.9.9", "127.9.9.9")]
    [InlineData("::ffff:127.0.0.1", "127.0.0.1")]
    [InlineData(":ffff::127.0.0.1", "127.0.0.1")]
    [InlineData("0:0:0:0:0:0:0:1", "::1")]
    public void The_machine_s_own_addresses_are_known(string given, string stored) =>
        Assert.Equal(new RelayAddress(stored, IsLoopback: true), RelayAddress.Parse(given));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("unknown")]
    [InlineData("1")]
    [InlineData("192.0.2")]
    [InlineData("192.0.2.07")]
    [InlineData("192.0.2.7 ")]
    [InlineData("192.0.2.7:25")]
    [InlineData("192.0.2.7', '1'); --")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[::2]")]
    [InlineData("2001:db8::/32")]
    [InlineData(":ffff::")]
    public void What_is_no_address_is_not_recorded(string? given) => Assert.Null(RelayAddress.Parse(given));
}
