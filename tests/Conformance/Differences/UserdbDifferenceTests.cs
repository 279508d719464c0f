// Both daemons on the cases in which they differ on purpose: protocol and authuserdb.
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Differences;

/// <summary>authuserdb with the records of <see cref="UserdbDifferences"/>.</summary>
public sealed class UserdbDifferencePair : PairFixture
{
    /// <inheritdoc/>
    protected override async Task PrepareAsync()
    {
        Site.WriteAuthdaemonrc("authuserdb");
        await Site.WriteUserdbAsync(UserdbDifferences.Userdb);
    }
}

public class UserdbDifferenceTests(UserdbDifferencePair fixture) : IClassFixture<UserdbDifferencePair>
{
    public static TheoryData<int, string> Cases
    {
        get
        {
            TheoryData<int, string> data = [];
            for (int i = 0; i < UserdbDifferences.All.Count; i++)
            {
                data.Add(i, UserdbDifferences.All[i].Id);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Each_daemon_answers_as_the_table_says(int index, string id)
    {
        Difference difference = UserdbDifferences.All[index];
        Assert.Equal(id, difference.Id);
        Replies replies = await fixture.Pair.AskAsync(difference.Request);
        Assert.Equal(difference.C, replies.C);
        Assert.Equal(difference.Ours, replies.Ours);
    }

    /// <summary><see cref="UserdbDifferences.AuthServiceEnumerate"/>: the C daemon's reply lists every account.</summary>
    [Fact]
    public async Task A_service_called_enumerate_is_a_service_like_others()
    {
        Replies replies = await fixture.Pair.AskAsync(Requests.Login("plain", "wrong", "ENUMERATE"));
        Assert.StartsWith("FAIL\n# authuserdb\n", replies.C.Text, StringComparison.Ordinal);
        Assert.Equal(Difference.Fail, replies.Ours);
    }

    /// <summary><see cref="UserdbDifferences.BadIds"/>, <see cref="UserdbDifferences.LineEnds"/>: records that cannot be accounts
    /// are not listed.</summary>
    [Fact]
    public async Task Lists_leave_out_what_lookups_refuse()
    {
        Replies replies = await fixture.Pair.AskAsync(Requests.Enumerate);
        string[] refused = ["uidzero", "uidtext", "uidnegative", "uidlarge", "cr\r", "crmail", "tabmail"];
        Assert.Equal(Accounts(replies.C.Text).Where(name => !refused.Contains(name)), Accounts(replies.Ours.Text));
        Assert.All(refused, name => Assert.Contains(name, Accounts(replies.C.Text)));
        Assert.EndsWith("\n.\n", replies.Ours.Text, StringComparison.Ordinal);
        await ((OurDaemon)fixture.Pair.Ours).LogHasAsync("authuserdb: refuse uidzero: uid=0, gid=0");
    }

    private static IEnumerable<string> Accounts(string list) =>
        list.Split('\n').Where(line => line.Contains('\t', StringComparison.Ordinal)).Select(
            line => line[..line.IndexOf('\t', StringComparison.Ordinal)]);
}
