// Limits of lines, NUL bytes and garbage.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Protocol;

[Collection(ProtocolGroup.Name)]
public class LineTests(ProtocolPair fixture)
{
    private const string Lookup = "PRE . imap plain\n";

    /// <summary>Text that is no request at all.</summary>
    public static TheoryData<string> Garbage =>
    [
        "", "\n", "\n\n\n", "\r\n", " \n", "\t\n", "\0\n", "\0", "\u00ff\u00fe\n", "x\n", "x", "QUIT\n", "HELP\n", "?\n",
        ".\n", "=\n", "= \n",
        " =\n", "FOO a=b\n", "FOO\n", "FAIL\n", "OK\n", "PRE\0 . imap plain\n", "\0PRE . imap plain\n",
        "\nPRE . imap plain\n",
        " \nPRE . imap plain\n", "GET / HTTP/1.0\r\n\r\n", "EHLO example.com\r\n",
        "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003",
        "{\"pre\": \".\"}\n", "<?xml version=\"1.0\"?>\n", "%s%n%x\n", new string('A', 100) + "\n",
        new string('\0', 100) + "\n",
        new string(' ', 100) + "\n", new string('\n', 100), "AUTH\n", "AUTH AUTH\n", "PRE PRE PRE PRE\n",
        "USER plain\r\nPASS password\r\n",
        "\u00ef\u00bb\u00bfPRE . imap plain\n", "P\0R\0E\0 \0.\0\n", "PRE\u00a0.\u00a0imap\u00a0plain\n",
        "\"PRE\" . imap plain\n", "PRE . imap plain",
    ];

    [Theory]
    [MemberData(nameof(Garbage))]
    public Task Garbage_gets_the_same(string text) => fixture.Pair.AssertSameAsync(new RawRequest(text, HalfClose: true));

    [Theory]
    [InlineData(8189)]
    [InlineData(8190)]
    [InlineData(8191)]
    [InlineData(8192)]
    [InlineData(8193)]
    [InlineData(9000)]
    [InlineData(16384)]
    [InlineData(70000)]
    public async Task A_line_of_that_many_bytes_gets_the_same(int length)
    {
        string[] starts =
            ["PRE . imap ", "x", "TCPREMOTEIP=", "=", "PASSWD imap\tplain\twrong\t", "ENUMERATE ", "AUTH 5 ", "FOO "];
        foreach (string start in starts)
        {
            await fixture.Pair.AssertSameAsync(new RawRequest(start.PadRight(length, 'y') + "\n" + Lookup, HalfClose: true));
            await fixture.Pair.AssertSameAsync(new RawRequest(start.PadRight(length, 'y'), HalfClose: true));
        }
    }

    [Theory]
    [InlineData(8190)]
    [InlineData(8191)]
    public async Task The_limit_is_the_same_for_lines_in_pieces(int length)
    {
        string line = "PRE . imap ".PadRight(length, 'y') + "\n";
        await fixture.Pair.AssertSameAsync(new RawRequest(line, PieceSize: 1000));
        await fixture.Pair.AssertSameAsync(new RawRequest("A=B\n" + line, PieceSize: 4096));
    }

    [Fact]
    public async Task A_value_at_the_limit_before_every_command_gets_the_same()
    {
        string prelude = "TCPREMOTEIP=".PadRight(8190, '1') + "\n";
        await fixture.Pair.AssertSameAsync(prelude + Lookup);
        await fixture.Pair.AssertSameAsync(prelude + prelude + Requests.Login("plain", "password"));
        await fixture.Pair.AssertSameAsync(prelude + Requests.ChangePassword("plain", "wrong", "x"));
        await fixture.Pair.AssertSameAsync(prelude + Requests.Enumerate);
    }
}
