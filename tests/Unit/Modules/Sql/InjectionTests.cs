// Thousands of generated values in every kind of place: the statement's structure must not move.
using System.Text;
using Authd.Core.Configuration;
using Authd.Modules.Pgsql;
using Authd.Modules.Sql;
using Xunit;

namespace Authd.Tests.Unit.Modules.Sql;

public sealed class InjectionTests
{
    private const string Alphabet = "'\"\\$();-/*E&U \n\r\tab1_@.,=%\x80\xC3\xFF\0";

    private static readonly string[] Places =
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

    [Fact]
    public void No_value_changes_the_structure_of_any_statement()
    {
        Random random = new(20261121);
        foreach (string place in Places)
        {
            SqlTemplate template = SqlTemplate.Make(new PostgresDialect(), "CLAUSE", SqlMark.Clause(place), RcFile.Parse("rc", []));
            string shape = Shape(template, new SqlValues("plain1@plain2", "imap", ""), literals: true)
                ?? Shape(template, new SqlValues("1@1", "imap", ""), literals: true)!;
            int sent = 0;
            for (int i = 0; i < 1500; i++)
            {
                SqlValues values = new(Value(random), "imap", "");
                foreach (bool literals in new[] { true, false })
                {
                    string? found = Shape(template, values, literals);
                    Assert.True(found is null || found == shape, $"{place}: {values[SqlVariable.User]}: {found}");
                    sent += found is null ? 0 : 1;
                }
            }

            Assert.True(sent > 0, place);
        }
    }

    private static string Value(Random random)
    {
        int length = random.Next(12);
        return string.Concat(Enumerable.Range(0, length).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
    }

    /// <summary>The statements as tokens, with every literal, parameter, quoted name and number reduced to one letter; null when refused.</summary>
    private static string? Shape(SqlTemplate template, SqlValues values, bool literals)
    {
        try
        {
            return string.Join('|', template.Statements(SqlReading.Standard).Select(statement =>
                Tokens(literals ? statement.BindLiterals(values, PostgresEscapes.Quote).Text : statement.Bind(values).Text)));
        }
        catch (SqlRefusedException)
        {
            return null;
        }
    }

    /// <summary>A second, independent reading of SQL text: deliberately not the lexer under test.</summary>
    private static string Tokens(string sql)
    {
        StringBuilder shape = new();
        for (int i = 0; i < sql.Length;)
        {
            char c = sql[i];
            bool escapes = c is 'E' && i + 1 < sql.Length && sql[i + 1] == '\'';
            bool bits = c is 'B' && i + 1 < sql.Length && sql[i + 1] == '\'';
            if (c == '\'' || escapes || bits)
            {
                i = Skip(sql, c == '\'' ? i : i + 1, '\'', escapes);
                shape.Append('L');
            }
            else if (c == '"')
            {
                i = Skip(sql, i, '"', escapes: false);
                shape.Append('N');
            }
            else if (c == '$' && i + 1 < sql.Length && char.IsAsciiDigit(sql[i + 1]))
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
