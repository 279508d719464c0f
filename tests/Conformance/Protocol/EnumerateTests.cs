// ENUMERATE and the words after it.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Protocol;

[Collection(ProtocolGroup.Name)]
public class EnumerateTests(ProtocolPair fixture)
{
    [Fact]
    public async Task All_accounts_come_in_the_databases_order()
    {
        string reply = await fixture.Pair.AssertSameAsync(Requests.Enumerate);
        Assert.StartsWith("# authuserdb\n\n", reply, StringComparison.Ordinal);
        Assert.EndsWith("\n.\n", reply, StringComparison.Ordinal);
        Assert.Contains(
            "\njohn@example.com\t2001\t2002\t/home/vmail/john\t/home/vmail/john/Maildir\tdisableimap=1\n", reply,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ENUMERATE ")]
    [InlineData("ENUMERATE   ")]
    [InlineData("ENUMERATE x")]
    [InlineData("ENUMERATE x=y")]
    [InlineData("ENUMERATE authpgsql")]
    [InlineData("ENUMERATE\0")]
    [InlineData("ENUMERATE\0x")]
    [InlineData("ENUMERATE \0")]
    [InlineData("ENUMERATE\r")]
    [InlineData("ENUMERATE\t")]
    [InlineData("ENUMERATE\tx")]
    [InlineData("enumerate")]
    [InlineData("ENUMERAT")]
    [InlineData("ENUMERATEX")]
    [InlineData(" ENUMERATE")]
    [InlineData("TCPREMOTEIP=1\nENUMERATE")]
    [InlineData("ENUMERATE\nENUMERATE")]
    [InlineData("ENUMERATE\nPRE . imap plain")]
    [InlineData("PRE . imap plain\nENUMERATE")]
    public Task The_line_gets_the_same(string line) => fixture.Pair.AssertSameAsync(line + "\n");

    [Fact]
    public Task Half_closing_clients_get_the_whole_list() =>
        fixture.Pair.AssertSameAsync(new RawRequest(Requests.Enumerate, HalfClose: true));
}
