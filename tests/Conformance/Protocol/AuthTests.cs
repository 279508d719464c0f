// AUTH: the count, the payload's lines, the login tokens.
using Authd.Tests.Conformance.Userdb;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Protocol;

[Collection(ProtocolGroup.Name)]
public class AuthTests(ProtocolPair fixture)
{
    private const string John = UserdbAccounts.John;
    private const string Good = $"imap\nlogin\n{John}\npassword\n";

    private static readonly int Length = Good.Length;

    /// <summary>The text between AUTH and the line's end, for a payload of the right length.</summary>
    public static TheoryData<string> Counts =>
    [
        $" {Length}", $"  {Length}", $" \t{Length}", $" \v{Length}", $" \r{Length}", $" +{Length}", $" ++{Length}",
        $" + {Length}", $" -{Length}", $" --{Length}", $" +-{Length}", $" 0{Length}", $" 000000000000000{Length}",
        $" 0x{Length:x}",
        $" {Length}abc", $" {Length} abc", $" {Length} ", $" {Length}\t", $" {Length}\r", $" {Length}\0", $" {Length}\09",
        $" {Length}.9", $" {Length},000", $" {Length}e3", $" {Length}-1", $" {Length}+1", $" {Length} 99", $" a{Length}",
        $" {Length - 1}", $" {Length - 2}", $" {Length - 9}", $" {Length - 10}", $" {Length - 11}", $" {Length + 1}",
        $"{Length}", $"\t{Length}", $"={Length}", "", " ", "  ", " x", " 0", " -0", " +0", " 00", " -1", " -8191",
        " 1", " 2", " 4", " 5", " 6", " 10", " 11", " 12", " 8191", " 8192", " 8193", " 10000", " 65536",
        " 2147483647", " 2147483648",
        " 4294967295", " 4294967296", " 9223372036854775807", " 9223372036854775808", " 18446744073709551615",
        " 99999999999999999999999999", " -2147483648", " -2147483649", " -9223372036854775808",
        $" \u0661{Length}", $" {Length}\u00b2", $" \"{Length}\"",
    ];

    /// <summary>Payloads, sent with the count that fits.</summary>
    public static TheoryData<string> Payloads =>
    [
        Good,
        $"imap\nlogin\n{John}\npassword",
        $"imap\nlogin\n{John}\n\npassword\n",
        $"imap\nlogin\n\n\n{John}\n\n\n\npassword\n\n\n",
        $"imap\nlogin\n{John}\npassword\nthird\nfourth\n",
        $"imap\nlogin\n{John}\npassword\n\n\nthird",
        $"imap\nlogin\n{John}\nwrong\n",
        $"imap\nlogin\n{John}\n\n",
        $"imap\nlogin\n{John}\n",
        $"imap\nlogin\n{John}",
        "imap\nlogin\n\npassword\n",
        "imap\nlogin\n\n\n",
        "imap\nlogin\n\n",
        "imap\nlogin\n",
        "imap\nlogin",
        "imap\n",
        "imap",
        "\n",
        "\n\n",
        "\n\n\n",
        $"\nlogin\n{John}\npassword\n",
        $"pop3\nlogin\n{John}\npassword\n",
        $"im ap\nlogin\n{John}\npassword\n",
        $"\u00fc\u0001\nlogin\n{John}\npassword\n",
        $"{new string('s', 3000)}\nlogin\n{John}\npassword\n",
        $"imap\nlogin\nplain\npassword\n",
        $"imap\nlogin\nplain\nPassword\n",
        $"imap\nlogin\nplain\npassword \n",
        $"imap\nlogin\nplain\n password\n",
        $"imap\nlogin\nplain \npassword\n",
        $"imap\nlogin\n plain\npassword\n",
        $"imap\nlogin\nplain\npassword\r\n",
        $"imap\nlogin\nplain\r\npassword\n",
        $"imap\r\nlogin\r\nplain\r\npassword\r\n",
        $"imap\nlogin\nplain\npass\0word\n",
        $"imap\nlogin\nplain\npassword\0\n",
        $"imap\nlogin\nplain\npassword\0more\n",
        $"imap\nlogin\npla\0in\npassword\n",
        $"imap\nlog\0in\nplain\npassword\n",
        $"im\0ap\nlogin\nplain\npassword\n",
        $"\0imap\nlogin\nplain\npassword\n",
        $"imap\nlogin\nplain\npassword\n\0",
        $"imap\nlogin\ntim\ntanstaaftanstaaf\n",
        $"imap\nlogin\nnosuch\npassword\n",
        $"imap\nlogin\n{new string('u', 2000)}\n{new string('p', 2000)}\n",
        $"imap\nlogin\nplain\n{new string('p', 511)}\n",
        $"imap\nlogin\nplain\n{new string('p', 512)}\n",
        $"imap\nlogin\nplain\n{new string('p', 5000)}\n",
        $"imap\nlogin\nplain\npassword\n{new string('z', 8191 - 28)}",
        $"imap\nlogin\nplain\npassword\n{new string('\n', 8191 - 27)}",
        // Authtypes.
        $"imap\nLOGIN\nplain\npassword\n",
        $"imap\nLogin\nplain\npassword\n",
        $"imap\nlogin \nplain\npassword\n",
        $"imap\n login\nplain\npassword\n",
        $"imap\nloginx\nplain\npassword\n",
        $"imap\nlogi\nplain\npassword\n",
        $"imap\n\nplain\npassword\n",
        $"imap\nplain\nplain\npassword\n",
        $"imap\nPLAIN\nplain\npassword\n",
        $"imap\nexternal\nplain\n\n",
        $"imap\ncram-\nplain\npassword\n",
        $"imap\ncram-sha512\nplain\npassword\n",
        $"imap\n{new string('t', 2000)}\nplain\npassword\n",
    ];

    public static TheoryData<string> OddNames => [.. UserdbAccounts.OddNames];

    [Theory]
    [MemberData(nameof(Counts))]
    public Task The_count_is_read_the_same(string count) =>
        fixture.Pair.AssertSameAsync(new RawRequest($"AUTH{count}\n{Good}", HalfClose: true));

    [Theory]
    [MemberData(nameof(Payloads))]
    public Task The_payload_gets_the_same(string payload) =>
        fixture.Pair.AssertSameAsync($"AUTH {payload.Length}\n{payload}");

    [Theory]
    [MemberData(nameof(Payloads))]
    public Task The_payload_cut_by_one_byte_gets_the_same(string payload) =>
        fixture.Pair.AssertSameAsync(new RawRequest($"AUTH {payload.Length}\n{payload[..^1]}", HalfClose: true));

    [Theory]
    [MemberData(nameof(Payloads))]
    public Task The_payload_with_surplus_gets_the_same(string payload) =>
        fixture.Pair.AssertSameAsync($"AUTH {payload.Length}\n{payload}\nxyz");

    [Theory]
    [MemberData(nameof(OddNames))]
    public async Task A_name_that_looks_odd_logs_in(string name)
    {
        string reply = await fixture.Pair.AssertSameAsync(Requests.Login(name, UserdbAccounts.Password));
        Assert.Contains($"ADDRESS={name}\n", reply, StringComparison.Ordinal);
    }
}
