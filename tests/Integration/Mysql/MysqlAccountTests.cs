// authmysql's answers about accounts, and its own features: two names of a key, character sets.
using Authd.Core;
using Authd.Tests.Integration.Sql;
using Xunit;

namespace Authd.Tests.Integration.Mysql;

[Collection(MysqlFixture.Name)]
public sealed class MysqlAccountTests(MysqlFixture fixture) : SqlAccountTests("MYSQL")
{
    protected override string Settings => fixture.Settings;

    protected override string Options => MysqlFixture.Options;

    protected override Verdict WithoutHome => Verdict.TempFail;

    protected override Verdict LoginWithoutHome => Verdict.TempFail;

    protected override bool ListsWithoutHome => true;

    protected override Task<string> SqlAsync(string sql) => fixture.Server.SqlAsync(sql);

    private static string Wire(string text) => WireText.FromUnicode(text);

    [Fact]
    public async Task Empty_values_are_none_and_the_sample_files_names_are_understood()
    {
        string settings = fixture.Settings.Replace("DEFAULTDELIVERY_FIELD", "DEFAULTDELIVERY", StringComparison.Ordinal);
        await using MysqlHost host = new(settings.Replace("concat('disableimap=', disableimap)", "''", StringComparison.Ordinal));
        Account account = (await host.LookupAsync("bob")).Account!;
        Assert.Null(account.FullName);
        Assert.Null(account.Options);
        Assert.Null(account.StoredPassword);
        Assert.Equal("|/bin/deliver", (await host.LookupAsync("alice", "courier")).Account!.Maildir);
        Assert.Contains(host.Lines, line => line.StartsWith("Debug: authmysqllib: connected. Versions: header ", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Lines, line => line.StartsWith("Warn:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Names_and_passwords_are_bytes_in_the_connections_character_set()
    {
        string old = fixture.Server.OverSocket + "MYSQL_USER_TABLE old\nMYSQL_CLEAR_PWFIELD clear\n";
        await using MysqlHost utf8 = new(old);
        Assert.Equal(Wire("müller"), (await utf8.LoginAsync(Wire("müller"), Wire("größe"))).Account!.Address);
        Assert.Equal(Verdict.Reject, (await utf8.LookupAsync(Wire("日本"))).Verdict);
        Assert.Equal(Verdict.Reject, (await utf8.LookupAsync("m\xFCller")).Verdict);
        Assert.Empty(utf8.Errors);

        await using MysqlHost latin1 = new(old + "MYSQL_CHARACTER_SET latin1");
        Assert.Equal("m\xFCller", (await latin1.LoginAsync("m\xFCller", "gr\xF6\xDF" + "e")).Account!.Address);
        Assert.Contains("Debug: Using character set: latin1", latin1.Lines);
        Assert.Empty(latin1.Errors);
    }

    [Theory]
    [InlineData("UTF8MB4")]
    [InlineData("utf8")]
    [InlineData("Latin1")]
    public async Task A_character_set_by_another_name_is_set(string name)
    {
        await using MysqlHost host = new($"{fixture.Settings}\nMYSQL_CHARACTER_SET {name}");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        Assert.Empty(host.Errors);
        Assert.Contains($"Debug: Using character set: {name}", host.Lines);
    }

    [Theory]
    [InlineData("nonsense", "utf8mb4")]
    public async Task A_character_set_that_is_none_is_reported_and_the_connection_used(string name, string reported)
    {
        await using MysqlHost host = new($"{fixture.Settings}\nMYSQL_CHARACTER_SET {name}");
        Assert.Equal(Verdict.Accept, (await host.LookupAsync("alice")).Verdict);
        Assert.Equal($"Err: Cannot set character set to \"{name}\", using \"{reported}\".", Assert.Single(host.Errors));
    }
}
