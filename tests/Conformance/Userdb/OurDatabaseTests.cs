// Databases written by our makeuserdb, served by both daemons.
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Userdb;

/// <summary>Many accounts, including those of the protocol's tests.</summary>
public sealed class OurDatabasePair : PairFixture
{
    /// <summary>The number of further accounts.</summary>
    public const int Accounts = 30_000;

    /// <inheritdoc/>
    protected override async Task PrepareAsync()
    {
        Site.WriteAuthdaemonrc("authuserdb");
        Site.Write("userdb", UserdbAccounts.Text + string.Concat(Enumerable.Range(1, Accounts).Select(
            i => $"user{i}@example{i % 7}.com\tuid={i}|gid={i}|home=/home/{i}|mail=Maildir|systempw={UserdbAccounts.Md5Crypt}\n")));
        File.SetUnixFileMode(Path.Combine(Site.Config, "userdb"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        ProgramResult result = await OurDaemon.RunAsync(Site, await Site.NewStateAsync(), "makeuserdb");
        Assert.Equal(new ProgramResult(0, "", ""), result);
    }
}

public class OurDatabaseTests(OurDatabasePair fixture) : IClassFixture<OurDatabasePair>
{
    [Fact]
    public async Task Every_account_is_listed()
    {
        string reply = await fixture.Pair.AssertSameAsync(Requests.Enumerate);

        Assert.True(reply.Count(c => c == '\n') > OurDatabasePair.Accounts);
    }

    [Fact]
    public async Task Lookups_and_logins()
    {
        for (int i = 1; i <= OurDatabasePair.Accounts; i += 293)
        {
            string user = $"user{i}@example{i % 7}.com";
            Assert.Contains(
                $"UID={i}\n", await fixture.Pair.AssertSameAsync(Requests.Lookup(user)), StringComparison.Ordinal);
            Assert.Equal("FAIL\n", await fixture.Pair.AssertSameAsync(Requests.Lookup("no" + user)));
        }

        string login = await fixture.Pair.AssertSameAsync(Requests.Login(UserdbAccounts.John, UserdbAccounts.Password));
        Assert.Contains("HOME=/home/vmail/john\n", login, StringComparison.Ordinal);
        await fixture.Pair.AssertSameAsync(
            Requests.Cram("cram-sha256", UserdbAccounts.Tim, UserdbAccounts.CramPassword, "<1@h>"));
    }

    [Fact]
    public async Task Odd_names()
    {
        foreach (string name in UserdbAccounts.OddNames)
        {
            await fixture.Pair.AssertSameAsync(Requests.Lookup(name));
        }
    }
}
