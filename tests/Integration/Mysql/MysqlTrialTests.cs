// authdaemond check --connect against MariaDB.
using Authd.Tests.Integration.Sql;
using Xunit;

namespace Authd.Tests.Integration.Mysql;

[Collection(MysqlFixture.Name)]
public sealed class MysqlTrialTests(MysqlFixture fixture) : SqlTrialTests("MYSQL")
{
    protected override string Settings => fixture.Settings;

    protected override string Good => $"mail@127.0.0.1:{fixture.Server.Port}";

    protected override async Task<string> CountAsync(string sql) =>
        (await fixture.Server.SqlAsync(sql)).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^1];

    [Theory]
    [InlineData("MYSQL_PASSWORD secret", "MYSQL_PASSWORD quiet-zebra", "MYSQL_USERNAME", "Access denied for user 'mail'", "correct MYSQL_USERNAME or MYSQL_PASSWORD in authmysqlrc")]
    [InlineData("MYSQL_DATABASE mail", "MYSQL_DATABASE mial", "MYSQL_DATABASE", "database=mial", "GRANT SELECT, UPDATE ON the database there")]
    [InlineData("MYSQL_SERVER 127.0.0.1", "MYSQL_SERVER 127.0.0.1:1", "MYSQL_SERVER", "server=127.0.0.1, port=1, userid=mail, database=mail", "is the server started")]
    [InlineData("MYSQL_SERVER 127.0.0.1", "MYSQL_SERVER no-such-host.invalid", "MYSQL_SERVER", "server=no-such-host.invalid, port=", "correct MYSQL_SERVER in authmysqlrc")]
    [InlineData("MYSQL_SERVER 127.0.0.1", "MYSQL_SOCKET /nonexistent/sock", "MYSQL_SOCKET", "socket=/nonexistent/sock, userid=mail", "MYSQL_SOCKET in authmysqlrc names another socket")]
    public async Task A_server_that_cannot_be_used_is_named_with_place_user_database_and_cure(
        string right, string wrong, string key, string words, string cure)
    {
        string settings = Settings.Replace(right, wrong, StringComparison.Ordinal);
        Assert.NotEqual(Settings, settings);
        string error = await ErrorAsync(settings);
        Assert.Matches($"^ERROR {Rc}:[0-9]+: {key}: ", error);
        Assert.Contains(words, error, StringComparison.Ordinal);
        Assert.Contains(cure, error, StringComparison.Ordinal);
        Assert.DoesNotContain("zebra", error, StringComparison.Ordinal);
    }
}
