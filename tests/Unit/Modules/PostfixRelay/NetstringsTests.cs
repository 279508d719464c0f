// Netstrings in pieces, and malformed ones.
using Authd.Modules.PostfixRelay;
using Xunit;

namespace Authd.Tests.Unit.Modules.PostfixRelay;

public sealed class NetstringsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    public void They_come_out_whole_however_they_arrive(int size)
    {
        const string Sent = "15:relay 192.0.2.7,0:,3:a:,,";
        Netstrings strings = new();
        List<string> found = [];
        foreach (char[] piece in Sent.Chunk(size))
        {
            strings.Add(new string(piece));
            while (strings.TryTake(out string? content))
            {
                found.Add(content);
            }
        }

        Assert.Equal(["relay 192.0.2.7", "", "a:,"], found);
        Assert.Equal(Sent, string.Concat(found.Select(Netstrings.Of)));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1")]
    [InlineData("-1:a,")]
    [InlineData("3:abcd")]
    [InlineData("10001:")]
    [InlineData("99999999999999999999:")]
    [InlineData(":,")]
    [InlineData("0000000:,")]
    [InlineData("000000")]
    public void Anything_else_is_an_error(string text)
    {
        Netstrings strings = new();
        strings.Add(text);
        Assert.Throws<FormatException>(() => strings.TryTake(out _));
    }
}
