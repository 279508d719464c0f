// The accounts that a password change changes when the WHERE clause
// excludes others of the same name, which differs on some engines.
using Authd.Tests.Conformance.Differences;
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Sql;

/// <summary><c>mysql-where-clause</c>, <c>sqlite-where-clause</c>.</summary>
public abstract class WhereClauseTests(SqlAccounts accounts)
{
    [Fact]
    public async Task A_password_change_keeps_to_the_where_clause()
    {
        await accounts.SqlAsync("""
            DROP TABLE IF EXISTS twohosts;
            CREATE TABLE twohosts (id text, clear text, uid integer, gid integer, home text, host text);
            """);
        using CourierSite site = accounts.NewSite(
            $"{accounts.Prefix}USER_TABLE twohosts", $"{accounts.Prefix}CLEAR_PWFIELD clear",
            $"{accounts.Prefix}WHERE_CLAUSE host = 'a'");
        await using DaemonPair pair = await DaemonPair.StartAsync(site);
        (IAuthDaemon, string)[] both = [(pair.C, "new\nnew"), (pair.Ours, "new\npassword")];
        foreach ((IAuthDaemon daemon, string left) in both)
        {
            await accounts.SqlAsync("DELETE FROM twohosts; INSERT INTO twohosts VALUES "
                + "('u', 'password', 1, 1, '/h', 'a'), ('u', 'password', 1, 1, '/h', 'b')");
            Assert.Equal(
                Difference.Reply("OK\n"), await RawClient.AskAsync(daemon.SocketPath, Requests.ChangePassword("u", "password", "new")));
            Assert.Equal(left, await accounts.SqlAsync("SELECT clear FROM twohosts ORDER BY host"));
        }
    }
}
