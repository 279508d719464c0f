// The kinds of places for a variable in statements for MariaDB and MySQL, and the text sent for each.
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Modules.Sql;
using Authd.Modules.Sql.Mysql;
using Xunit;

namespace Authd.Tests.Unit.Modules.Sql.Mysql;

public sealed class MysqlLexerTests
{
    private const SqlLexicalMode Usual = SqlLexicalMode.Backslashes | SqlLexicalMode.DoubleQuotedText;
    private static readonly SqlValues Values = new("o'n\\eil@example.com", "imap", "");
    private static readonly MysqlQuoting Quoting = new("utf8mb4");

    private static SqlTemplate Template(string clause) =>
        SqlTemplate.Make(new MysqlDialect(), "CLAUSE", SqlPlaceholder.Clause(clause), RcFile.Parse("rc", []));

    private static string Sent(string clause, SqlLexicalMode reading = Usual) =>
        Assert.Single(Template(clause).Statements(reading)).BindLiterals(Values, Quoting.Quote).Text;

    [Theory]
    [InlineData("a='$(domain)'", "a= 'example.com' ")]
    [InlineData("a=\"$(domain)\"", "a= 'example.com' ")]
    [InlineData("a='$(local_part)'", "a= _utf8mb4 X'6F276E5C65696C' ")]
    [InlineData("a='it''s $(domain)'", "a= 'it''s example.com' ")]
    [InlineData("a=\"it's \"\"$(domain)\"", "a= 'it''s \"example.com' ")]
    [InlineData("a='\\'$(domain)\\''", "a= '''example.com''' ")]
    [InlineData("a='$(domain)\\_\\%'", "a= _utf8mb4 X'6578616D706C652E636F6D5C5F5C25' ")]
    [InlineData("a='\\n$(domain)'", "a= _utf8mb4 X'0A6578616D706C652E636F6D' ")]
    [InlineData("a='x' '$(domain)' \"\\\\\" b 'c' \"d\"", "a= _utf8mb4 X'786578616D706C652E636F6D5C'  b 'c' \"d\"")]
    [InlineData("a=N'$(domain)'", "a=_utf8 'example.com' ")]
    [InlineData("a=_latin1 '$(local_part)'", "a=_latin1  X'6F276E5C65696C' ")]
    [InlineData("a_b='$(local_part)'", "a_b= _utf8mb4 X'6F276E5C65696C' ")]
    [InlineData("a=$(service)$(domain)", "a= 'imapexample.com' ")]
    [InlineData("t_$(service)", " `t_imap` ")]
    [InlineData("`t $(service)`", " `t imap` ")]
    [InlineData("X'0$(newpass)'", " X'0' ")]
    [InlineData("a -- '$(domain)\nb='$(service)'", "a  \nb= 'imap' ")]
    [InlineData("a --'$(domain)'", "a -- 'example.com' ")]
    [InlineData("a # '$(domain)\nb", "a  \nb")]
    [InlineData("a /* ' $(domain) */ b='$(service)'", "a   b= 'imap' ")]
    [InlineData("a /*!40000 'x' */ /*+ hint */ '$(domain)'", "a /*!40000 'x' */ /*+ hint */  'example.com' ")]
    [InlineData("a='x;y'; b='$(domain)';", "a='x;y'; b= 'example.com' ;")]
    public void A_variable_is_sent_as_its_place_asks(string clause, string sent) => Assert.Equal(sent, Sent(clause));

    [Theory]
    [InlineData("a='\\' AND b='$(domain)'", SqlLexicalMode.DoubleQuotedText, "a='\\' AND b= 'example.com' ")]
    [InlineData("\"a$(domain)\"='$(service)'", SqlLexicalMode.Backslashes, " `aexample.com` = 'imap' ")]
    [InlineData("\"a\\\"='$(service)'", SqlLexicalMode.Standard, "\"a\\\"= 'imap' ")]
    public void The_servers_mode_decides_how_quotes_are_read(string clause, SqlLexicalMode reading, string sent) =>
        Assert.Equal(sent, Sent(clause, reading));

    [Theory]
    [InlineData("a='$(domain)")]
    [InlineData("a /* $(domain)")]
    [InlineData("`a")]
    [InlineData("a /*! $(domain) */")]
    [InlineData("a /*+ $(domain) */")]
    [InlineData("a /*M! $(domain) */")]
    public void What_cannot_be_made_safe_is_an_error_that_names_the_key(string clause)
    {
        ConfigurationException error = Assert.Throws<ConfigurationException>(() => Template(clause));
        Assert.StartsWith("rc: CLAUSE: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("t_$(domain)")]
    [InlineData("`t_$(local_part)\xBF`")]
    [InlineData("1$(service)")]
    public void What_cannot_be_a_name_or_number_is_refused(string clause) =>
        Assert.Throws<SqlRefusedException>(() => Sent(clause));

    [Fact]
    public void Plain_text_stays_legible_and_everything_else_is_hexadecimal()
    {
        for (int c = 0; c < 256; c++)
        {
            string literal = Quoting.Quote(new SqlPart(SqlPlace.Value, ""), $"a{(char)c}");
            string expected = c is >= ' ' and <= '~' and not '\\' and not '\''
                ? $"'a{(char)c}'" : c == '\''
                    ? "'a'''" : $"_utf8mb4 X'61{Convert.ToHexString(WireText.ToBytes($"{(char)c}"))}'";
            Assert.Equal(expected, literal);
        }
    }
}
