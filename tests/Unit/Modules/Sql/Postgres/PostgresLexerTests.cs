// The kinds of places for a variable in statements for PostgreSQL, and the text sent for each.
using Authd.Core.Configuration;
using Authd.Modules.Sql;
using Authd.Modules.Sql.Postgres;
using Xunit;

namespace Authd.Tests.Unit.Modules.Sql.Postgres;

public sealed class PostgresLexerTests
{
    private static readonly SqlValues Values = new("o'n\\eil@example.com", "imap", "") { NewPassword = "x" };

    private static SqlTemplate Template(string clause) =>
        SqlTemplate.Make(new PostgresDialect(), "CLAUSE", SqlPlaceholder.Clause(clause), RcFile.Parse("rc", []));

    private static string Bound(string clause, SqlLexicalMode reading = SqlLexicalMode.Standard) =>
        string.Join("; ", Template(clause)
        .Statements(reading)
        .Select(statement => statement.Bind(Values))
        .Select(bound => string.Join(" | ", bound.Parameters.Prepend(bound.Text))));

    [Theory]
    [InlineData("a='$(domain)'", "a= $1  | example.com")]
    [InlineData("a='$(local_part)@$(domain)' AND b='x'", "a= $1  AND b='x' | o'n\\eil@example.com")]
    [InlineData("a='it''s $(domain)'", "a= $1  | it's example.com")]
    [InlineData("a='x' 'y'", "a='x' 'y'")]
    [InlineData("a=E'\\'\\x41\\101\\u0042\\n$(domain)'", "a= $1  | 'AAB\nexample.com")]
    [InlineData("a=e'\\'' AND b='$(domain)'", "a=e'\\'' AND b= $1  | example.com")]
    [InlineData("a='\\' AND b='$(domain)'", "a='\\' AND b= $1  | example.com")]
    [InlineData("a=U&'\\0041\\+000042$(domain)'", "a= $1  | ABexample.com")]
    [InlineData("a=u&'!0041$(domain)' uescape '!' AND b", "a= $1  AND b | Aexample.com")]
    [InlineData("a=N'$(domain)'", "a= $1  | example.com")]
    [InlineData("a=$$x'$(domain)$$", "a= $1  | x'example.com")]
    [InlineData("a=$t$ $$ ' $t$ AND b='$(domain)'", "a=$t$ $$ ' $t$ AND b= $1  | example.com")]
    [InlineData("a=$(domain)", "a= $1  | example.com")]
    [InlineData("a=$(service)$(domain)", "a= $1  | imapexample.com")]
    [InlineData("f($(domain),'$(service)')", "f( $1 , $2 ) | example.com | imap")]
    [InlineData("a -- '$(domain)\rb", "a  \rb")]
    [InlineData("a /* ' /* $(domain) */ ' */ b='$(service)'", "a   b= $1  | imap")]
    [InlineData("\"x\"\"'y\" '$(domain)'", "\"x\"\"'y\"  $1  | example.com")]
    [InlineData("\"t $(service)\"", " \"t imap\" ")]
    [InlineData("T_$(service)", " \"t_imap\" ")]
    [InlineData("s.$(service)", "s. \"imap\" ")]
    [InlineData("X'0$(newpass_crypt)'", " X'0' ")]
    [InlineData("a '$(nothing)' b", "a '' b")]
    [InlineData("a $b $1 $(unclosed", "a $b $1 ")]
    [InlineData("SELECT 1; SELECT (2;3) ; ;", "SELECT 1;  SELECT (2;3) ")]
    [InlineData("type'$(domain)' ab'$(service)'", "type $1  ab $2  | example.com | imap")]
    public void A_variable_is_sent_as_its_place_asks(string clause, string sent) => Assert.Equal(sent, Bound(clause));

    [Fact]
    public void Backslashes_count_in_plain_literals_when_the_server_says_so() =>
        Assert.Equal(
            "a='\\' AND b=' AND c= $1  | example.com", Bound("a='\\' AND b=' AND c='$(domain)'", SqlLexicalMode.Backslashes));

    [Theory]
    [InlineData("t_$(domain)")]
    [InlineData("s.$(domain)")]
    [InlineData("1$(service)")]
    [InlineData("B'$(service)'")]
    public void What_cannot_be_a_name_or_number_is_refused(string clause) =>
        Assert.Throws<SqlRefusedException>(() => Bound(clause));

    [Theory]
    [InlineData("a='$(domain)")]
    [InlineData("a=$x$ $(domain)")]
    [InlineData("a /* $(domain)")]
    [InlineData("\"a")]
    [InlineData("U&\"$(domain)\"")]
    [InlineData("DO 'begin perform $(domain); end'")]
    [InlineData(" do $$ $(domain) $$")]
    [InlineData("a=U&'\\00$(domain)'")]
    public void What_cannot_be_made_safe_is_an_error_that_names_the_key(string clause)
    {
        ConfigurationException error = Assert.Throws<ConfigurationException>(() => Template(clause));
        Assert.StartsWith("rc: CLAUSE: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Literals_say_the_same_as_parameters()
    {
        SqlStatement statement = Template("a='$(local_part)x' AND b=$(service)").Statements(SqlLexicalMode.Standard)[0];
        Assert.Equal("a= E'o''n\\\\eilx'  AND b= 'imap' ", statement.BindLiterals(Values, PostgresEscapes.Quote).Text);
    }

    [Fact]
    public void The_log_shows_the_statement_as_the_C_daemon_would_have_sent_it() => Assert.Equal(
        "SELECT 1 WHERE u='o''n\\eil' AND d='example.com' -- imap",
        Template("SELECT 1 WHERE u='$(local_part)' AND d='$(domain)' -- $(service)").Display(Values));

    [Theory]
    [InlineData("a", "", "a", "")]
    [InlineData("a", "ex.com", "a", "ex.com")]
    [InlineData("a@b@c", "ex.com", "a", "b@c")]
    [InlineData("@x", "ex.com", "", "x")]
    [InlineData("a@", "ex.com", "a", "")]
    public void Names_are_split_at_the_first_at_sign(string user, string defaultDomain, string local, string domain)
    {
        SqlValues values = new(user, "imap", defaultDomain);
        Assert.Equal((local, domain), (values[SqlVariable.LocalPart], values[SqlVariable.Domain]));
        Assert.Equal(
            user.Contains('@') || defaultDomain.Length == 0 ? user : $"{user}@{defaultDomain}", values[SqlVariable.User]);
    }
}
