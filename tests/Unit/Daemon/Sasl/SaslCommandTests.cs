// The lines of mail servers that log their clients in.
using System.Text;
using Authd.Core;
using Authd.Daemon.Sasl;
using Xunit;

namespace Authd.Tests.Unit.Daemon.Sasl;

public sealed class SaslCommandTests
{
    private const int Seed = 17;
    private const int Lines = 200_000;

    [Fact]
    public void Commands_are_read()
    {
        Assert.Equal(new SaslCommand.Version(1, 2), Parse("VERSION\t1\t2"));
        Assert.Equal(new SaslCommand.Version(1, 0), Parse("VERSION\t1"));
        Assert.Equal(new SaslCommand.Client(), Parse("CPID\t4711"));
        Assert.Equal(
            new SaslCommand.Auth(7, "PLAIN", new RequestContext("smtp", "192.0.2.7"), "AGEAYg=="),
            Parse("AUTH\t7\tplain\tservice=smtp\tnologin\tlip=192.0.2.1\trip=192.0.2.7\tsecured\tresp=AGEAYg==\trip=192.0.2.99"));
        Assert.Equal(
            new SaslCommand.Auth(4294967295, "LOGIN", new RequestContext("smtp"), null),
            Parse("AUTH\t4294967295\tLOGIN\tservice=smtp"));
        Assert.Equal(
            new SaslCommand.Auth(1, "LOGIN", new RequestContext(""), ""), Parse("AUTH\t1\tLOGIN\trip=NULL\tlip=NULL\tresp="));
        Assert.Equal(new SaslCommand.Answer(7, "YQ=="), Parse("CONT\t7\tYQ=="));
        Assert.Equal(new SaslCommand.Answer(7, ""), Parse("CONT\t7\t"));
        Assert.Equal(new SaslCommand.Answer(7, ""), Parse("CONT\t7"));
        Assert.Equal(new SaslCommand.Cancel(7), Parse("CANCEL\t7"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\t")]
    [InlineData("GET / HTTP/1.1")]
    [InlineData("AUTH")]
    [InlineData("AUTH\t")]
    [InlineData("AUTH\t-1\tPLAIN")]
    [InlineData("AUTH\t4294967296\tPLAIN")]
    [InlineData("AUTH\t 1\tPLAIN")]
    [InlineData("CONT\tx\tYQ==")]
    [InlineData("CANCEL")]
    [InlineData("VERSION\tone")]
    [InlineData("auth\t1\tPLAIN")]
    public void Other_lines_are_refused(string line) => Assert.Throws<FormatException>(() => Parse(line));

    [Fact]
    public void Values_are_unescaped_and_cannot_break_a_line()
    {
        Assert.Equal(
            new RequestContext("a\tb\u0001c..d", new string('1', 39)),
            Assert.IsType<SaslCommand.Auth>(
                Parse($"AUTH\t1\tPLAIN\tservice=a\u0001tb\u00011c\u0001n\u00010\u0001d\trip={new string('1', 99)}")).Context);
        Assert.Equal("a\u0001tb\u0001nc\u00010\u00011\u0001r", SaslCommand.Escape("a\tb\nc\0\u0001\r"));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("=", "")]
    [InlineData("YQ==", "a")]
    [InlineData("AGEAYg==", "\0a\0b")]
    [InlineData("YQ", null)]
    [InlineData("YQ==\r", null)]
    [InlineData("!!!!", null)]
    [InlineData("Y Q=", null)]
    public void Responses_are_base64_or_nothing(string response, string? text) =>
        Assert.Equal(text, SaslCommand.Decode(response) is { } bytes ? WireText.FromBytes(bytes) : null);

    /// <summary>Any line is a command or a FormatException that quotes nothing of it.</summary>
    [Fact]
    public void No_line_does_anything_else()
    {
        string[] pieces =
        [
            "VERSION", "CPID", "AUTH", "CONT", "CANCEL", "\t", "\t", "\t", "1", "4294967295", "PLAIN", "service=", "rip=", "resp=",
            "AGEAYg==", "=", "secret", "\u0001", "\u00010", "\u0001n", "\0", "\r", "\u00ff", " ",
        ];
        const int Names = 5;
        Random random = new(Seed);
        int commands = 0;
        for (int i = 0; i < Lines; i++)
        {
            StringBuilder line = new(random.Next(2) == 0 ? pieces[random.Next(Names)] + "\t1\t" : "");
            for (int length = random.Next(12); length > 0; length--)
            {
                line.Append(random.Next(8) == 0 ? ((char)random.Next(256)).ToString() : pieces[random.Next(pieces.Length)]);
            }

            try
            {
                SaslCommand command = SaslCommand.Parse(WireText.ToBytes(line.ToString()));
                commands++;
                if (command is SaslCommand.Auth auth)
                {
                    Assert.DoesNotContain(auth.Context.Service + auth.Context.RemoteIp, static c => c is '\n' or '\0' or '\r');
                    Assert.InRange(auth.Context.RemoteIp?.Length ?? 0, 0, 39);
                    _ = SaslCommand.Decode(auth.Response ?? "");
                }
            }
            catch (FormatException e)
            {
                Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
            }
        }

        Assert.InRange(commands, Lines / 10, Lines);
    }

    private static SaslCommand Parse(string line) => SaslCommand.Parse(WireText.ToBytes(line));
}
