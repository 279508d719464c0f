// The request grammar, whole and in pieces.
using System.Text;
using Authd.Core;
using Authd.Core.Protocol;
using Xunit;

namespace Authd.Tests.Unit.Core.Protocol;

public sealed class RequestParserTests
{
    private static readonly RequestContext Imap = new("imap");

    public static TheoryData<string, ClientRequest> Requests => new()
    {
        { "PRE . imap john\n", Pre(".", Imap, "john") },
        { "PRE authuserdb imap john smith \n", Pre("authuserdb", Imap, "john smith ") },
        { "PRE   .   imap   john\n", Pre(".", Imap, "john") },
        { "PRE . imap \n", Pre(".", Imap, "") },
        { "PRE . imap jo\0hn\n", Pre(".", Imap, "jo") },
        { "TCPREMOTEIP=192.0.2.7\nPRE . imap john\n", Pre(".", new("imap", "192.0.2.7"), "john") },
        { "TCPREMOTEIP=1\nX=y z\nTCPREMOTEIP=2 3\nPRE . imap john\n", Pre(".", new("imap", "2 3"), "john") },
        { $"TCPREMOTEIP={new string('x', 50)}\nPRE . imap j\n", Pre(".", new("imap", new string('x', 39)), "j") },
        { "AUTH 23\nimap\nlogin\njohn\nsecret\n", Auth("login", "john\nsecret\n") },
        { "AUTH  +23 bytes\nimap\nlogin\njohn\nsecret\nand more", Auth("login", "john\nsecret\n") },
        { "AUTH 23\nimap\nlogin\njohn\0secret\n", Auth("login", "john") },
        { "AUTH 11\nimap\ncram-\n", Auth("cram-", "") },
        { "PASSWD imap\tjohn\told word\tnew\n", Passwd("john", "old word", "new") },
        { "PASSWD imap\tjohn\t\t\n", Passwd("john", "", "") },
        { "PASSWD imap\tjohn\told\tnew\tmore\tand more\n", Passwd("john", "old", "new") },
        { "PASSWD imap\tjohn\told\tne\rw\n", new ClientRequest.UnacceptablePasswd() },
        { "PASSWD \u0001\n", new ClientRequest.UnacceptablePasswd() },
        { "ENUMERATE\n", new ClientRequest.Enumerate() },
        { "ENUMERATE everything\n", new ClientRequest.Enumerate() },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_request_is_read(string wire, ClientRequest expected)
    {
        RequestParser parser = default;
        Assert.Equal(ParseStatus.Complete, parser.Parse(Encoding.Latin1.GetBytes(wire)));
        Assert.Equal(expected, parser.Request);
    }

    [Theory]
    [InlineData("PRE . imap john\n")]
    [InlineData("TCPREMOTEIP=192.0.2.7\nPRE . imap john\n")]
    [InlineData("AUTH 23\nimap\nlogin\njohn\nsecret\n")]
    public void What_follows_a_request_is_not_counted_as_its_own(string wire)
    {
        RequestParser parser = default;
        Assert.Equal(ParseStatus.Complete, parser.Parse(Encoding.Latin1.GetBytes(wire + "more")));
        Assert.Equal(wire.Length, parser.Length);
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_request_that_comes_byte_by_byte_is_read(string wire, ClientRequest expected)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(wire);
        RequestParser parser = default;
        int length = 0;
        ParseStatus status;
        do
        {
            status = parser.Parse(bytes.AsSpan(0, ++length));
        }
        while (status == ParseStatus.NeedMore);

        Assert.Equal(ParseStatus.Complete, status);
        Assert.Equal(expected, parser.Request);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("pre . imap john\n")]
    [InlineData("FOO a=b\n")]
    [InlineData("PRE\n")]
    [InlineData("PRE .\n")]
    [InlineData("PRE . imap\n")]
    [InlineData("AUTH\n")]
    [InlineData("AUTH x\n")]
    [InlineData("AUTH 0\n")]
    [InlineData("AUTH -1\n")]
    [InlineData("AUTH 8192\n")]
    [InlineData("AUTH 4294967319\nimap\nlogin\njohn\nsecret\n")]
    [InlineData("AUTH 5\nimap\n")]
    [InlineData("AUTH 10\nimap\nlogin")]
    [InlineData("PASSWD imap\tjohn\told\n")]
    public void What_can_never_be_a_request_is_malformed(string wire)
    {
        RequestParser parser = default;
        Assert.Equal(ParseStatus.Malformed, parser.Parse(Encoding.Latin1.GetBytes(wire)));
        Assert.Null(parser.Request);
        Assert.NotEmpty(parser.Problem);
    }

    [Theory]
    [InlineData("AUTH 8192\n", "AUTH's count of bytes is not from 0 to 8191")]
    [InlineData("AUTH -1\n", "AUTH's count of bytes is not from 0 to 8191")]
    [InlineData("LOGIN john geheim\n", "it begins with none of PRE, AUTH, PASSWD and ENUMERATE")]
    [InlineData("PRE . john\n", "PRE lacks the service or the name")]
    [InlineData("AUTH 10\nimap geheim\n", "AUTH's data lacks the line of the service or of the authentication type; "
        + "is the count of bytes too small?")]
    [InlineData("PASSWD imap john geheim\n", "PASSWD lacks one of service, name, old and new password, with TABs between them")]
    public void What_is_wrong_is_named_without_any_of_it(string wire, string problem)
    {
        RequestParser parser = new();
        Assert.Equal(ParseStatus.Malformed, parser.Parse(Encoding.Latin1.GetBytes(wire)));
        Assert.Equal(problem, parser.Problem);
    }

    [Theory]
    [InlineData("PRE . imap john", "the client ended in the middle of a line; each line ends with a line feed")]
    [InlineData("TCPREMOTEIP=::1\n", "the client ended before a command")]
    [InlineData("AUTH 20\nimap\nlogin\n", "the client ended before AUTH's data was as long as AUTH had said")]
    public void What_is_missing_at_the_end_is_named(string wire, string problem)
    {
        RequestParser parser = new();
        byte[] received = Encoding.Latin1.GetBytes(wire);
        Assert.Equal(ParseStatus.NeedMore, parser.Parse(received));
        Assert.Equal(problem, parser.Incomplete(received.Length));
    }

    [Theory]
    [InlineData(RequestParser.MaxLine, ParseStatus.NeedMore)]
    [InlineData(RequestParser.MaxLine + 1, ParseStatus.Malformed)]
    public void A_line_without_an_end_is_waited_for_up_to_the_limit(int length, ParseStatus expected)
    {
        RequestParser parser = default;
        Assert.Equal(expected, parser.Parse(new byte[length]));
    }

    [Theory]
    [InlineData(RequestParser.MaxLine, ParseStatus.Complete)]
    [InlineData(RequestParser.MaxLine + 1, ParseStatus.Malformed)]
    public void A_line_may_be_as_long_as_the_limit(int length, ParseStatus expected)
    {
        RequestParser parser = default;
        string line = "PRE . imap ".PadRight(length, 'x');
        Assert.Equal(expected, parser.Parse(Encoding.Latin1.GetBytes(line + "\n")));
    }

    [Fact]
    public void A_payload_may_be_as_long_as_the_limit()
    {
        RequestParser parser = default;
        string payload = "imap\nlogin\njohn\n".PadRight(RequestParser.MaxPayload, 'x');
        byte[] wire = Encoding.Latin1.GetBytes($"AUTH {RequestParser.MaxPayload}\n{payload}");
        Assert.Equal(ParseStatus.NeedMore, parser.Parse(wire.AsSpan(0, wire.Length - 1)));
        Assert.Equal(ParseStatus.Complete, parser.Parse(wire));
    }

    private static ClientRequest.Pre Pre(string selector, RequestContext context, string user) =>
        new(selector, new LookupRequest(context, user));

    private static ClientRequest.Auth Auth(string type, string data) => new(new AuthRequest(Imap, type, data));

    private static ClientRequest.Passwd Passwd(string user, string old, string changed) =>
        new(new PasswordChange(Imap, user, old, changed));
}
