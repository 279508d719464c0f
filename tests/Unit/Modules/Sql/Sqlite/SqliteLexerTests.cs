// The kinds of places for a variable in statements for SQLite, and the text sent for each.
using Authd.Core.Configuration;
using Authd.Modules.Sql;
using Authd.Modules.Sql.Sqlite;
using Xunit;

namespace Authd.Tests.Unit.Modules.Sql.Sqlite;

public sealed class SqliteLexerTests
{
    private static readonly SqlValues Values = new("o'neil@example.com", "imap", "");

    private static SqlTemplate Template(string clause) =>
        SqlTemplate.Make(new SqliteDialect(), "CLAUSE", SqlPlaceholder.Clause(clause), RcFile.Parse("rc", []));

    private static string Sent(string clause)
    {
        BoundStatement bound = Assert.Single(Template(clause).Statements(SqlLexicalMode.Standard)).Bind(Values);
        return string.Join(" | ", bound.Parameters.Prepend(bound.Text));
    }

    [Theory]
    [InlineData("a='$(domain)'", "a= ?1  | example.com")]
    [InlineData("a=\"$(local_part)\" AND b='$(domain)'", "a= ?1  AND b= ?2  | o'neil | example.com")]
    [InlineData("a='it''s\\$(domain)'", "a= ?1  | it's\\example.com")]
    [InlineData("a=\"x\" AND b='y'", "a=\"x\" AND b='y'")]
    [InlineData("t_$(service)", " `t_imap` ")]
    [InlineData("[t $(service)] `u $(service)`", " `t imap`   `u imap` ")]
    [InlineData("[it's] '$(domain)'", "[it's]  ?1  | example.com")]
    [InlineData("x'0a' X'$(newpass)0'", "x'0a'  X'0' ")]
    [InlineData("a -- '$(domain)\nb='$(service)'", "a  \nb= ?1  | imap")]
    [InlineData("a /* ' /* $(domain) */ b='$(service)'", "a   b= ?1  | imap")]
    [InlineData("a='$(domain)'; b='$(service)';", "a= ?1 ; b= ?2 ; | example.com | imap")]
    public void A_variable_is_sent_as_its_place_asks(string clause, string sent) => Assert.Equal(sent, Sent(clause));

    [Theory]
    [InlineData("a='$(domain)")]
    [InlineData("[$(domain)")]
    [InlineData("`a")]
    [InlineData("a /* $(domain)")]
    public void What_is_not_closed_is_an_error_that_names_the_key(string clause)
    {
        ConfigurationException error = Assert.Throws<ConfigurationException>(() => Template(clause));
        Assert.StartsWith("rc: CLAUSE: ", error.Message, StringComparison.Ordinal);
    }
}
