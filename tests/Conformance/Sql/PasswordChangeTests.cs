// The table after a password change: the deliberate differences that all SQL modules have.
using Authd.Tests.Conformance.Differences;
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Sql;

public abstract class PasswordChangeTests(SqlAccounts accounts)
{
    /// <summary>The names under which docs/DIFFERENCES.md explains them.</summary>
    public static IReadOnlyList<string> Ids { get; } = ["password-change-forms", "password-change-columns"];

    /// <summary>The two columns after a change of the password from "password" to "new"; NULL shows as "-".</summary>
    [Theory]
    [InlineData("{SHA256}XohImNooBHFR0OVvjcYpJ3NgPQ1qq73WKhHvch0VQtg=", "-", "{SHA256}", "new", "{SHA256}", "-")]
    [InlineData("{SSHA}2D7DXcHaxkWxjlTTFhTzbi4Z/sdhYmNk", "-", "{SSHA}", "new", "{SSHA}", "-")]
    [InlineData("$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm", "-", "{SSHA}", "new", "$2b$", "-")]
    [InlineData("$5$saltsalt$gOjOtoMpVhru2uyjeJSEc/JaLQWOXMNmlOnj6T4AtC.", "-", "{SSHA}", "new", "$5$", "-")]
    [InlineData("-", "password", "{SSHA}", "new", "-", "new")]
    public async Task Password_changes_keep_the_form_and_the_columns(
        string crypt, string clear, string cCrypt, string cClear, string ourCrypt, string ourClear)
    {
        await accounts.SqlAsync("""
            DROP TABLE IF EXISTS changing;
            CREATE TABLE changing (id text, crypt text, clear text, uid integer, gid integer, home text);
            INSERT INTO changing VALUES ('changer', NULL, NULL, 1, 1, '/h');
            """);
        using CourierSite site = accounts.NewSite(
            [.. accounts.Usual[..3].Select(line =>
                line.Replace("TABLE passwd", "TABLE changing", StringComparison.Ordinal))]);
        await using DaemonPair pair = await DaemonPair.StartAsync(site);
        string request = Requests.ChangePassword("changer", "password", "new");

        await SetAsync(crypt, clear);
        Assert.Equal(Difference.Reply("OK\n"), await RawClient.AskAsync(pair.C.SocketPath, request));
        await AssertColumnsAsync(cCrypt, cClear);

        await SetAsync(crypt, clear);
        Assert.Equal(Difference.Reply("OK\n"), await RawClient.AskAsync(pair.Ours.SocketPath, request));
        await AssertColumnsAsync(ourCrypt, ourClear);
        Assert.StartsWith("UID=1\n", await pair.AssertSameAsync(Requests.Login("changer", "new")), StringComparison.Ordinal);
        Assert.Equal("FAIL\n", await pair.AssertSameAsync(Requests.Login("changer", "password")));
    }

    private Task SetAsync(string crypt, string clear) =>
        accounts.SqlAsync(
            $"UPDATE changing SET crypt = NULLIF('{crypt}', '-'), clear = NULLIF('{clear}', '-') WHERE id = 'changer'");

    private async Task AssertColumnsAsync(string crypt, string clear)
    {
        Assert.StartsWith(
            crypt, await accounts.SqlAsync("SELECT coalesce(crypt, '-') FROM changing"), StringComparison.Ordinal);
        Assert.Equal(clear, await accounts.SqlAsync("SELECT coalesce(clear, '-') FROM changing"));
    }
}
