// Thousands of generated values in every kind of place: the statement's structure must not change.
using System.Text;
using Authd.Core.Configuration;
using Authd.Modules.Sql;
using Authd.Modules.Sql.Mysql;
using Authd.Modules.Sql.Postgres;
using Authd.Modules.Sql.Sqlite;
using Xunit;

namespace Authd.Tests.Unit.Modules.Sql;

public sealed class InjectionTests
{
    private const string Alphabet = "'\"`[]\\$();-/*#!E&U \n\r\tab1_@.,=%\x80\xBF\xC3\xFF\0";

    private static readonly string[] PostgresPlaces =
    [
        "SELECT 1 FROM t WHERE a='$(local_part)' AND b=2",
        "SELECT 1 FROM t WHERE a='x$(local_part)y' AND b='$(domain)'",
        "SELECT E'a\\'$(local_part)' , 3",
        "SELECT U&'\\0041$(local_part)' , 3",
        "SELECT $q$ $(local_part) $q$ , 3",
        "SELECT $(local_part) , 3",
        "SELECT f($(domain)$(local_part)) , 3",
        "SELECT 1 FROM t_$(local_part) WHERE a=1",
        "SELECT 1 FROM s.$(local_part) WHERE a=1",
        "SELECT 1 FROM \"t $(local_part)\" WHERE a=1",
        "SELECT 1 LIMIT 1$(local_part)",
        "SELECT B'$(local_part)' , 3",
        "SELECT 1 -- $(local_part)",
        "SELECT 1 /* $(local_part) */ , 2",
        "SELECT 1; SELECT '$(local_part)'; SELECT 3",
    ];

    private static readonly string[] MysqlPlaces =
    [
        "SELECT 1 FROM t WHERE a='$(local_part)' AND b=2",
        "SELECT 1 FROM t WHERE a='x$(local_part)y' AND b=\"$(domain)\"",
        "SELECT 'a\\\\$(local_part)' , 3",
        "SELECT $(local_part) , 3",
        "SELECT f($(domain)$(local_part)) , 3",
        "SELECT 1 FROM t_$(local_part) WHERE a=1",
        "SELECT 1 FROM `t $(local_part)` WHERE a=1",
        "SELECT 1 LIMIT 1$(local_part)",
        "SELECT X'$(local_part)' , 3",
        "SELECT 1 # $(local_part)",
        "SELECT 1 -- $(local_part)",
        "SELECT 1 /* $(local_part) */ , 2",
    ];

    private static readonly string[] SqlitePlaces =
    [
        "SELECT 1 FROM t WHERE a='$(local_part)' AND b=2",
        "SELECT 1 FROM t WHERE a='x$(local_part)y' AND b=\"$(domain)\"",
        "SELECT $(local_part) , 3",
        "SELECT 1 FROM t_$(local_part) WHERE a=1",
        "SELECT 1 FROM `t $(local_part)` WHERE a=1",
        "SELECT 1 FROM [t $(local_part)] WHERE a=1",
        "SELECT X'$(local_part)' , 3",
        "SELECT 1 -- $(local_part)",
        "SELECT 1 /* $(local_part) */ , 2; SELECT '$(local_part)'",
    ];

    [Fact]
    public void No_value_changes_the_structure_of_a_statement_for_PostgreSQL() =>
        AssertSafe(new PostgresDialect(), PostgresPlaces, text =>
        [.. text.Statements(SqlLexicalMode.Standard).SelectMany(statement =>
            new Func<SqlValues, string>[] { values => statement.Bind(values).Text, values =>
                statement.BindLiterals(values, PostgresEscapes.Quote).Text })]);

    [Fact]
    public void No_value_changes_the_structure_of_a_statement_for_MariaDB_however_it_reads_literals()
    {
        MysqlQuoting quoting = new("gbk");
        AssertSafe(new MysqlDialect(), MysqlPlaces, text =>
            [.. text.Statements(SqlLexicalMode.Backslashes | SqlLexicalMode.DoubleQuotedText).SelectMany(statement =>
                new Func<SqlValues, string>[] { values => statement.BindLiterals(values, quoting.Quote).Text, values =>
                    statement.Bind(values).Text })]);
    }

    [Fact]
    public void No_value_changes_the_structure_of_a_statement_for_SQLite() =>
        AssertSafe(new SqliteDialect(), SqlitePlaces, text =>
        [.. text.Statements(SqlLexicalMode.Standard).Select<SqlStatement, Func<SqlValues, string>>(
            statement => values => statement.Bind(values).Text)]);

    private static void AssertSafe(
        SqlDialect dialect, string[] places, Func<SqlTemplate, Func<SqlValues, string>[]> statements)
    {
        Random random = new(20261121);
        foreach (string place in places)
        {
            foreach (Func<SqlValues, string> statement in statements(SqlTemplate.Make(dialect, "CLAUSE",
                SqlPlaceholder.Clause(place), RcFile.Parse("rc", []))))
            {
                string shape = Shape(statement, new SqlValues("plain1@plain2", "imap", "")) ?? Shape(
                    statement, new SqlValues("1@1", "imap", ""))
                    ?? Shape(statement, new SqlValues("ab@ab", "imap", ""))!;
                int sent = 0;
                for (int i = 0; i < 1500; i++)
                {
                    SqlValues values = new(Value(random), "imap", "");
                    string? found = Shape(statement, values);
                    Assert.True(found is null || found == shape, $"{place}: {values[SqlVariable.User]}: {found}");
                    sent += found is null ? 0 : 1;
                }

                Assert.True(sent > 0, place);
            }
        }
    }

    private static string Value(Random random)
    {
        int length = random.Next(12);
        return string.Concat(Enumerable.Range(0, length).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
    }

    /// <summary>
    /// The statement as tokens, with every literal, parameter, quoted name and number reduced to one letter; null when
    /// refused. Backslashes in plain literals mean an escape to some servers: to those it must look the same.
    /// </summary>
    private static string? Shape(Func<SqlValues, string> statement, SqlValues values)
    {
        try
        {
            string sql = statement(values);
            string shape = Tokens(sql, backslashes: false);
            Assert.Equal(shape, Tokens(sql, backslashes: true));
            return shape;
        }
        catch (SqlRefusedException)
        {
            return null;
        }
    }

    /// <summary>A second, independent lexer of SQL text, deliberately not one of those under test.</summary>
    private static string Tokens(string sql, bool backslashes)
    {
        // The form in which MariaDB gets odd values.
        sql = sql.Replace("_gbk X'", "'", StringComparison.Ordinal);
        StringBuilder shape = new();
        for (int i = 0; i < sql.Length;)
        {
            char c = sql[i];
            bool escapes = c is 'E' && i + 1 < sql.Length && sql[i + 1] == '\'';
            bool bits = c is 'B' or 'X' && i + 1 < sql.Length && sql[i + 1] == '\'';
            if (c == '\'' || escapes || bits)
            {
                i = Skip(sql, c == '\'' ? i : i + 1, '\'', escapes || (backslashes && c == '\''));
                shape.Append('L');
            }
            else if (c is '"' or '`')
            {
                i = Skip(sql, i, c, escapes: false);
                shape.Append('N');
            }
            else if (c is '$' or '?' && i + 1 < sql.Length && char.IsAsciiDigit(sql[i + 1]))
            {
                for (i++; i < sql.Length && char.IsAsciiDigit(sql[i]); i++)
                {
                }

                shape.Append('L');
            }
            else if (char.IsAsciiDigit(c))
            {
                for (; i < sql.Length && char.IsAsciiDigit(sql[i]); i++)
                {
                }

                shape.Append('9');
            }
            else
            {
                shape.Append(char.IsWhiteSpace(c) ? "" : c.ToString());
                i++;
            }
        }

        return shape.ToString();
    }

    private static int Skip(string sql, int open, char quote, bool escapes)
    {
        for (int i = open + 1; i < sql.Length; i++)
        {
            if (escapes && sql[i] == '\\')
            {
                i++;
            }
            else if (sql[i] == quote && (i + 1 == sql.Length || sql[i + 1] != quote))
            {
                return i + 1;
            }
            else if (sql[i] == quote)
            {
                i++;
            }
        }

        Assert.Fail($"unterminated: {sql}");
        return sql.Length;
    }
}
