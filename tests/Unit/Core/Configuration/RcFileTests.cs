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
    [InlineData("N 12", 12)]
    [InlineData("N 0", 0)]
    [InlineData("M 1", 7)]
    public void Numbers_are_whole(string text, int number) => Assert.Equal(number, Parse(text).Number("N", 7, "a number of seconds"));

    [Theory]
    [InlineData("N 5s", "'5s'")]
    [InlineData("N -3", "'-3'")]
    [InlineData("N", "''")]
    [InlineData("N 5 # seconds", "'5 # seconds': what stands behind a # is part of the value, comments have lines of their own")]
    public void What_is_no_number_is_an_error(string text, string named) => Assert.Equal(
        $"/etc/courier/authxrc:2: N: must be a number of seconds, not {named}",
        Assert.Throws<ConfigurationException>(() => Parse("\n" + text).Number("N", 7, "a number of seconds")).Message);

    [Theory]
    [InlineData("S 1", true)]
    [InlineData("S 2", true)]
    [InlineData("S yes", true)]
    [InlineData("S On", true)]
    [InlineData("S TRUE", true)]
    [InlineData("S 0", false)]
    [InlineData("S no", false)]
    [InlineData("S off", false)]
    [InlineData("S False", false)]
    [InlineData("S", false)]
    [InlineData("T 1", false)]
    public void A_switch_is_a_number_or_a_word(string text, bool isOn) => Assert.Equal(isOn, Parse(text).IsOn("S"));

    [Theory]
    [InlineData("S maybe")]
    [InlineData("S 1x")]
    [InlineData("S 1 # on")]
    [InlineData("S \"1\"")]
    public void Anything_else_is_no_switch(string text) => Assert.StartsWith(
        "/etc/courier/authxrc:1: S: must be 1 or 0 (yes or no), not '",
        Assert.Throws<ConfigurationException>(() => Parse(text).IsOn("S")).Message, StringComparison.Ordinal);

    private static readonly Dictionary<string, string> Instead = new(StringComparer.Ordinal) { ["X_HOST"] = "say it in X_CONNECTION" };

    private static RcFile Checked(string text)
    {
        RcFile file = Parse(text);
        file.CheckNames(["X_CONNECTION", "X_SELECT_CLAUSE", "X_WHERE_CLAUSE"], Instead);
        return file;
    }

    [Fact]
    public void Names_that_nothing_reads_are_told_in_their_order_with_what_was_meant()
    {
        const string text = "X_HOST a\n\nX_SELECT_CLUASE a \\\n b\nX_CONNECTION a\nzzz\nX_CONNECTION b\nX_CONNECTION=c\n; and so on\n";
        Assert.Equal(
            [
                "/etc/courier/authxrc:1: X_HOST is not read: say it in X_CONNECTION",
                "/etc/courier/authxrc:3: X_SELECT_CLUASE is not read: unknown name (did you mean X_SELECT_CLAUSE?)",
                "/etc/courier/authxrc:6: zzz is not read: unknown name",
                "/etc/courier/authxrc:7: X_CONNECTION is not read: line 5 has it already",
                "/etc/courier/authxrc:8: X_CONNECTION=c is not read: a blank, not =, stands between X_CONNECTION and its value",
                "/etc/courier/authxrc:9: ; is not read: unknown name",
            ],
            Checked(text).Warnings);
    }

    /// <summary>The order is the file's, whatever is wrong.</summary>
    [Theory]
    [InlineData("X_CONNECTION\u00C2\u00A0host=a", "1: X_CONNECTION\u00C2\u00A0host=a is not read: a non-breaking blank stands behind X_CONNECTION: put a plain blank there")]
    [InlineData("X_CONNECTION\u00A0host=a", "1: X_CONNECTION\u00A0host=a is not read: a non-breaking blank stands behind X_CONNECTION: put a plain blank there")]
    [InlineData("\u00C2\u00A0X_CONNECTION a", "1: \u00C2\u00A0X_CONNECTION is not read: there is a non-breaking blank in it: type the line anew as plain ASCII")]
    [InlineData("X_CONNECTION: a", "1: X_CONNECTION: is not read: a blank, not :, stands between X_CONNECTION and its value")]
    [InlineData("x_connection=a", "1: x_connection=a is not read: a blank, not =, stands between X_CONNECTION and its value")]
    [InlineData("X_CONNECTION = a", "1: X_CONNECTION: the value begins with =: between a name and its value stands a blank alone")]
    [InlineData("X_CONNECTION =a", "1: X_CONNECTION: the value begins with =: between a name and its value stands a blank alone")]
    [InlineData("X_CONNECTION \"a b\"", "1: X_CONNECTION: the quotes are part of the value: write it without them")]
    [InlineData("X_CONNECTION 'a'", "1: X_CONNECTION: the quotes are part of the value: write it without them")]
    [InlineData("X_WHERE_CLAUSE a=\u00E2\u0080\u0098x\u00E2\u0080\u0099", "1: X_WHERE_CLAUSE: there is a typographic quote in the value: type it anew as plain ASCII")]
    [InlineData("X_WHERE_CLAUSE a=\u0092x\u0092", "1: X_WHERE_CLAUSE: there is a typographic quote in the value: type it anew as plain ASCII")]
    [InlineData("X_WHERE_CLAUSE a \u00E2\u0080\u0093 b > 1", "1: X_WHERE_CLAUSE: there is a dash in place of a minus in the value: type it anew as plain ASCII")]
    [InlineData("X_WHERE_CLAUSE a\u00E2\u0080\u008B=1", "1: X_WHERE_CLAUSE: there is an invisible character in the value: type it anew as plain ASCII")]
    [InlineData("X_WHERE_CLAUSE a=1 # who may", "1: X_WHERE_CLAUSE: what stands behind a # is part of the value, comments have lines of their own")]
    [InlineData("X_CONNECTION a\t# b", "1: X_CONNECTION: what stands behind a # is part of the value, comments have lines of their own")]
    [InlineData("CONNECTION a", "1: CONNECTION is not read: unknown name (did you mean X_CONNECTION?)")]
    [InlineData("where_clause a", "1: where_clause is not read: unknown name (did you mean X_WHERE_CLAUSE?)")]
    [InlineData("MYSQL_SELECT_CLAUSE a", "1: MYSQL_SELECT_CLAUSE is not read: unknown name (did you mean X_SELECT_CLAUSE?)")]
    public void What_comes_from_web_pages_and_other_files_is_named_as_what_it_is(string line, string warning) =>
        Assert.Equal($"/etc/courier/authxrc:{warning}", Assert.Single(Checked(line).Warnings));

    [Theory]
    [InlineData("X_WHERE_CLAUSE name = 'M\u00C3\u00BCller' AND b = '\u00E2\u0082\u00AC'")]
    [InlineData("X_WHERE_CLAUSE 'a' || b = '#x'")]
    [InlineData("X_PASSWORD = \u00C2\u00A0 # \"a\"")]
    [InlineData("X_BINDPW \"\u00E2\u0080\u0099\"")]
    public void Nothing_is_said_of_other_texts_and_of_passwords(string line)
    {
        RcFile file = Parse(line);
        file.CheckNames(["X_WHERE_CLAUSE", "X_PASSWORD", "X_BINDPW"], Instead);
        Assert.Empty(file.Warnings);
    }

    [Fact]
    public void Windows_files_are_read_and_said_to_be_such()
    {
        RcFile file = RcFile.Parse("/rc", WireText.ToBytes("\u00EF\u00BB\u00BF##NAME: MARKER:0\r\nX_CONNECTION a \\\r\n b\r\n"));
        file.CheckNames(["X_CONNECTION"], Instead);
        Assert.Equal("a  b", file.Find("X_CONNECTION"));
        Assert.True(file.HasMarker);
        Assert.Equal(
            [
                "/rc:1: the file begins with a byte order mark (BOM), which is ignored; save it as UTF-8 without BOM",
                "/rc: lines end in CR LF; the CRs are ignored",
            ],
            file.Warnings);
    }

    /// <summary>The rest of the value would find other rows than intended.</summary>
    [Theory]
    [InlineData("X_SELECT_CLAUSE SELECT a \\\n FROM t\n   WHERE u='$(local_part)'", "WHERE", 2, 3)]
    [InlineData("X_SELECT_CLAUSE SELECT a FROM t\n\n# and\n and b = 1", "and", 1, 4)]
    [InlineData("X_SELECT_CLAUSE SELECT a,\nb, c FROM t", "b,", 1, 2)]
    [InlineData("X_WHERE_CLAUSE a=1\nlogin = '$(local_part)'", "login", 1, 2)]
    [InlineData("X_WHERE_CLAUSE (a=1\n) OR b", ")", 1, 2)]
    [InlineData("X_WHERE_CLAUSE &(a=1)\n(b=2)", "(b=2)", 1, 2)]
    public void The_rest_of_a_value_is_no_setting(string text, string name, int above, int line)
    {
        string message = Assert.Throws<ConfigurationException>(() => Checked(text)).Message;
        Assert.StartsWith($"/etc/courier/authxrc:{line}: '{name}' is no setting, but looks like the rest of X_", message, StringComparison.Ordinal);
        Assert.EndsWith($": put a \\ at the end of line {above}, or a # in front of this line", message, StringComparison.Ordinal);
    }

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
