// Mistakes in authpgsqlrc and in rows.
using Authd.Core;
using Authd.Tests.Integration.Sql;
using Xunit;

namespace Authd.Tests.Integration.Pgsql;

[Collection(PgsqlFixture.Name)]
public sealed class PgsqlMistakeTests(PgsqlFixture fixture) : SqlMistakeTests("PGSQL")
{
    protected override string Settings => fixture.Settings;

    protected override Verdict WithoutHome => Verdict.Reject;

    protected override Task<string> SqlAsync(string sql) => fixture.Server.PsqlAsync(sql);

    private PgsqlHost Typed(string where, string columns = "'x', '', 'y', 7, 7, '/h'") => new(
        fixture.Settings + $"\nPGSQL_SELECT_CLAUSE SELECT {columns} FROM typed_names WHERE {where}", debug: 1);

    private Task MakeTypedAsync() => SqlAsync("""
        DROP TABLE IF EXISTS typed_names;
        DROP TYPE IF EXISTS names_kind;
        CREATE TYPE names_kind AS ENUM ('one', 'two');
        CREATE TABLE typed_names (n int, s smallint, b bigint, m numeric, d date, t timestamptz, u uuid, a inet, k names_kind, f boolean,
            i interval, x bytea, pw text);
        INSERT INTO typed_names VALUES (42, 42, 42, 42, '2020-02-02', now(), '11111111-2222-3333-4444-555555555555', '10.0.0.1', 'one', true,
            '1 day', '\x00', 'Stored-Zebra-9');
        """);

    [Theory]
    [InlineData("n = '$(local_part)'")]
    [InlineData("s = '$(local_part)'")]
    [InlineData("b = $(local_part)")]
    [InlineData("m = '$(local_part)'::numeric(5,2)")]
    [InlineData("n = '$(local_part)0' ")]
    [InlineData("d = '$(local_part)'")]
    [InlineData("t = '$(local_part)'::timestamptz")]
    [InlineData("u = '$(local_part)'")]
    [InlineData("a = '$(local_part)'")]
    [InlineData("k = '$(local_part)'")]
    [InlineData("f = '$(local_part)' AND n = 0")]
    [InlineData("i = '$(local_part)'")]
    [InlineData("pw LIKE '$(local_part)' ESCAPE '\\'")]
    public async Task A_name_that_is_no_value_of_the_columns_type_is_nobodys(string where)
    {
        await MakeTypedAsync();
        await using PgsqlHost host = Typed(where);
        string[] names = ["webmaster", "99999999999999999999", "2020-13-45", "a b", "-", "", "'", "99999999", "1e400", "x\\"];
        for (int i = 0; i < 2; i++)
        {
            Assert.All(
                await Task.WhenAll(names.Select(name => host.LookupAsync(name))), outcome => Assert.Equal(Verdict.Reject, outcome.Verdict));
            Assert.All(
                await Task.WhenAll(names.Select(name => host.LoginAsync(name, "y"))), outcome => Assert.Equal(Verdict.Reject, outcome.Verdict));
        }

        Assert.Empty(host.Errors);
    }

    /// <summary>The same error by a value in the database: no user may be
    /// reported as unknown because of it, and the value is not logged.</summary>
    [Theory]
    [InlineData("n = 42 AND '$(local_part)' <> ''", "'x', '', pw::int::text, 7, 7, '/h'")]
    [InlineData("pw::int = 5 AND '$(local_part)' <> ''", "'x', '', 'y', 7, 7, '/h'")]
    [InlineData("pw::date > now() AND '$(local_part)' <> ''", "'x', '', 'y', 7, 7, '/h'")]
    public async Task A_value_of_the_database_that_is_none_of_its_type_is_a_failure(string where, string columns)
    {
        await MakeTypedAsync();
        await using PgsqlHost host = Typed(where, columns);
        foreach (string name in (string[])["webmaster", "5"])
        {
            Assert.Equal(Verdict.TempFail, (await host.LookupAsync(name)).Verdict);
        }

        Assert.NotEmpty(host.Errors);
        Assert.DoesNotContain(host.Lines, line => line.Contains("Zebra", StringComparison.Ordinal));
    }
}
