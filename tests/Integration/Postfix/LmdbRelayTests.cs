// lmdb: tables: a file made by postmap.
using Authd.Modules.PostfixRelay;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Postfix;

public sealed class LmdbRelayTests(RelayFixture relay) : RelayTests(relay)
{
    protected override string Table => "lmdb:" + Scratch["logins"];

    [Fact]
    public async Task A_file_that_is_missing_is_made_as_postmap_reads_it()
    {
        string name = "lmdb:" + Scratch["made"];
        using (ILoginTable table = LoginTable.Open(name, "/"))
        {
            table.RemoveUpTo(long.MaxValue);
            table.Record([.. Enumerable.Range(1, 3000).Select(i => new Login($"198.51.{i / 256}.{i % 256}", i))]);
            table.RemoveUpTo(2998);
        }

        Assert.Equal(
            "198.51.11.183\t2999\n198.51.11.184\t3000\n", await ProcessRunner.RunOrThrowAsync(["postmap", "-s", name]));
    }

    protected override async Task MakeTableAsync(string permanentAddress)
    {
        await File.WriteAllTextAsync(Scratch["logins"], $"{permanentAddress} 0\n");
        await ProcessRunner.RunOrThrowAsync(["postmap", Table]);
    }
}
