// The binding to NSS, asked for what every system has.
using Authd.Linux.Users;
using Xunit;

namespace Authd.Tests.Unit.Linux;

public class SystemUsersTests
{
    [Fact]
    public void Root_is_there()
    {
        SystemUser? root = SystemUsers.Find("root");

        Assert.Equal(("root", 0u, 0u, "/root"), (root?.Name, root?.Uid, root?.Gid, root?.Home));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no such user")]
    [InlineData("root\0more")]
    [InlineData("r\u00f6\u00f6t")]
    public void Who_is_not_there_is_null(string name)
    {
        Assert.Null(SystemUsers.Find(name));
        Assert.Null(SystemUsers.FindShadow(name));
    }

    [Fact]
    public void The_shadow_entry_is_that_of_the_file()
    {
        string[] fields = File.ReadLines("/etc/shadow").Select(line => line.Split(':')).First(line => line[0] == "root");

        ShadowEntry? entry = SystemUsers.FindShadow("root");

        Assert.Equal(new ShadowEntry(fields[1], Day(fields[2]), Day(fields[4]), Day(fields[7])), entry);
    }

    [Fact]
    public async Task The_list_has_everybody_in_pieces_and_begins_anew_each_time()
    {
        List<SystemUser> once = await ListAsync(1000);
        List<SystemUser> pieces = await ListAsync(3);

        Assert.Contains(SystemUsers.Find("root"), once);
        Assert.Equal(once, pieces);
    }

    [Fact]
    public async Task A_second_list_waits_for_the_first()
    {
        SystemUserList first = await SystemUserList.OpenAsync(CancellationToken.None);
        SystemUser begin = first.Next(1)[0];
        Task<SystemUserList> second = SystemUserList.OpenAsync(CancellationToken.None);

        Assert.False(second.IsCompleted);
        first.Dispose();
        using SystemUserList turn = await second;
        Assert.Equal(begin, turn.Next(1)[0]);
    }

    private static async Task<List<SystemUser>> ListAsync(int most)
    {
        using SystemUserList list = await SystemUserList.OpenAsync(CancellationToken.None);
        List<SystemUser> all = [];
        for (IReadOnlyList<SystemUser> piece = list.Next(most); piece.Count > 0; piece = list.Next(most))
        {
            all.AddRange(piece);
        }

        return all;
    }

    private static long Day(string field) => field.Length == 0 ? -1 : long.Parse(field, null);
}
