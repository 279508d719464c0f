// Mistakes in authmysqlrc and in rows.
using Authd.Core;
using Authd.Tests.Integration.Sql;
using Xunit;

namespace Authd.Tests.Integration.Mysql;

[Collection(MysqlFixture.Name)]
public sealed class MysqlMistakeTests(MysqlFixture fixture) : SqlMistakeTests("MYSQL")
{
    protected override string Settings => fixture.Settings;

    protected override Verdict WithoutHome => Verdict.TempFail;

    protected override Task<string> SqlAsync(string sql) => fixture.Server.SqlAsync(sql);

    /// <summary>MariaDB compares a value that does not fit the column's type
    /// with a warning. Where that is an error, the user is unknown.</summary>
    [Theory]
    [InlineData("n = '$(local_part)'")]
    [InlineData("d = '$(local_part)'")]
    [InlineData("u = '$(local_part)'")]
    [InlineData("a = '$(local_part)'")]
    [InlineData("n = '$(local_part)' * 9223372036854775807 * 2 + 18446744073709551615")]
    public async Task A_name_that_is_no_value_of_the_columns_type_is_nobodys(string where)
    {
        await SqlAsync("""
            DROP TABLE IF EXISTS typed;
            CREATE TABLE typed (n bigint, d date, u uuid, a inet6);
            INSERT INTO typed VALUES (42, '2020-02-02', '11111111-2222-3333-4444-555555555555', '::1');
            """);
        await using MysqlHost host = new(
            fixture.Settings + $"\nMYSQL_SELECT_CLAUSE SELECT 'x', '', 'y', 7, 7, '/h' FROM typed WHERE {where}", debug: 0);
        foreach (string name in (string[])["webmaster", "99999999999999999999", "2020-13-45", "a b", "-", "'"])
        {
            Assert.Equal(Verdict.Reject, (await host.LookupAsync(name)).Verdict);
            Assert.Equal(Verdict.Reject, (await host.LoginAsync(name, "y")).Verdict);
        }

        Assert.Empty(host.Errors);
    }
}
