// The log's cleaning, levels and prefixes.
using Authd.Core.Logging;
using Xunit;

namespace Authd.Tests.Unit.Core;

public sealed class LogTests
{
    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("a\nERR: forged", "a.ERR: forged")]
    [InlineData("\x01\x1f\x7f\x80\xff\t", "......")]
    public void What_is_not_printable_ASCII_becomes_a_dot(string text, string clean) => Assert.Equal(clean, Log.Clean(text));

    [Fact]
    public void A_long_text_is_cut_in_the_middle()
    {
        string line = Log.Clean($"authx: refuse {new string('\xff', 5000)}: zero uid");
        Assert.Equal(Log.MaxText, line.Length);
        Assert.Matches(@"^authx: refuse \.+: zero uid$", line);
        Assert.Equal(new string('x', Log.MaxText), Log.Clean(new string('x', Log.MaxText)));
        Assert.Contains("xxx...xxx", Log.Clean(new string('x', Log.MaxText + 1)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("12345", "12345")]
    [InlineData("123456", "12...")]
    [InlineData("", "")]
    public void A_long_value_ends_in_a_mark(string value, string cut) => Assert.Equal(cut, Log.Cut(value, 5));

    [Theory]
    [InlineData(0, "Err e|Info i|Plain p")]
    [InlineData(1, "Err e|Info i|Plain p|Debug d")]
    [InlineData(2, "Err e|Info i|Plain p|Debug d|Debug secret")]
    public void DEBUG_LOGIN_decides_what_is_written(int level, string expected)
    {
        LogLines lines = new(level);
        lines.Log.Err("e");
        lines.Log.Info("i");
        lines.Log.Plain("p");
        lines.Log.Debug("d");
        lines.Log.DebugSecret("secret");
        Assert.Equal(expected.Split('|'), lines.All);
    }

    [Theory]
    [InlineData("ERR: bad", LogLevel.Err, "bad", 3)]
    [InlineData("DEBUG:   deep", LogLevel.Debug, "deep", 7)]
    [InlineData("CRIT:x", LogLevel.Crit, "x", 2)]
    [InlineData("from a library", LogLevel.Plain, "from a library", 6)]
    public void A_line_is_split_as_courierlogger_does(string line, LogLevel level, string text, int priority)
    {
        Assert.Equal(level, LogLevels.Parse(line, out string rest));
        Assert.Equal(text, rest);
        Assert.Equal(priority, level.Priority());
    }
}
