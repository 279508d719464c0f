// The syntax of authpgsqlrc and its siblings.
using Authd.Core;
using Authd.Core.Configuration;
using Xunit;

namespace Authd.Tests.Unit.Core.Configuration;

public sealed class RcFileTests
{
    private static RcFile Parse(string text) => RcFile.Parse("/etc/courier/authxrc", WireText.ToBytes(text));

    [Theory]
    [InlineData("NAME value", "value")]
    [InlineData("  NAME\t value with blanks \t", "value with blanks")]
    [InlineData("NAME value\r\n", "value")]
    [InlineData("NAME", "")]
    [InlineData("NAME = x", "= x")]
    [InlineData("NAME \"q\" # no comment", "\"q\" # no comment")]
    [InlineData("NAME first\nNAME second", "first")]
    [InlineData("name x\nNAME y", "y")]
    [InlineData("NAME a\\\n  b", "a b")]
    [InlineData("NAME a\\  \n# text\\\n\t c\nOTHER x", "a # text c")]
    [InlineData("NAME a\\\n\nOTHER x", "a ")]
    [InlineData("NAME a\\", "a ")]
    [InlineData("NAME \xE9\xFF", "\xE9\xFF")]
    public void A_value_is_what_follows_the_name(string text, string value) => Assert.Equal(value, Parse(text).Find("NAME"));

    [Fact]
    public void A_long_value_may_be_written_on_several_lines()
    {
        RcFile file = Parse(
            "PGSQL_SELECT_CLAUSE   SELECT a, b,   \\\n     c, d FROM t \\\n     # not a comment \\\n     WHERE x = 1\n");
        Assert.Equal("SELECT a, b,    c, d FROM t  # not a comment  WHERE x = 1", file.Find("PGSQL_SELECT_CLAUSE"));
    }

    [Fact]
    public void Comments_are_no_settings()
    {
        RcFile file = Parse("# NAME x\n\t# NAME y\n\n \t \n##NAME: NAME:0\n");
        Assert.Empty(file.Names);
        Assert.Null(file.Find("NAME"));
    }

    [Theory]
    [InlineData("##NAME: MARKER:0", true)]
    [InlineData("##NAME: MARKER:", true)]
    [InlineData(" ##NAME: MARKER:0", false)]
    [InlineData("## NAME: MARKER:0", false)]
    public void The_marker_stands_in_the_first_column(string line, bool marks) =>
        Assert.Equal(marks, Parse("X y\n" + line).HasMarker);

    [Theory]
    [InlineData("N 12x", 12)]
    [InlineData("N -3", -3)]
    [InlineData("N x", 0)]
    [InlineData("N", 0)]
    [InlineData("M 1", 7)]
    public void Numbers_are_decimal_prefixes(string text, int number) =>
        Assert.Equal(number, Parse(text).Number("N", absent: 7));

    [Fact]
    public void Errors_name_file_line_and_key()
    {
        RcFile file = Parse("\n# x\nNAME a \\\n b\n");
        Assert.Equal("/etc/courier/authxrc:3: NAME: wrong", file.Bad("NAME", "wrong").Message);
        Assert.Equal(
            "OTHER not found in /etc/courier/authxrc",
            Assert.Throws<ConfigurationException>(() => file.Require("OTHER")).Message);
    }
}
