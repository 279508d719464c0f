// The databases while the daemons run: missing, made, replaced, removed.
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Userdb;

public sealed class ReplacementTests : IAsyncLifetime
{
    private readonly CourierSite _site = new();
    private DaemonPair? _pair;

    private DaemonPair Pair => _pair!;

    public async Task InitializeAsync()
    {
        _site.WriteAuthdaemonrc("authuserdb");
        _pair = await DaemonPair.StartAsync(_site);
    }

    public async Task DisposeAsync()
    {
        if (_pair is not null)
        {
            await _pair.DisposeAsync();
        }

        _site.Dispose();
    }

    [Fact]
    public async Task Without_databases_nobody_is_known()
    {
        Assert.Equal("FAIL\n", await Pair.AssertSameAsync(Requests.Lookup("u")));
        Assert.Equal("FAIL\n", await Pair.AssertSameAsync(Requests.Login("u", "password")));
        Assert.Equal("# authuserdb\n\n.\n", await Pair.AssertSameAsync(Requests.Enumerate));
    }

    [Fact]
    public async Task A_database_that_appears_is_read()
    {
        await Pair.AssertSameAsync(Requests.Lookup("u"));
        await WriteAsync("u", 1);

        Assert.Contains("UID=1\n", await Pair.AssertSameAsync(Requests.Lookup("u")), StringComparison.Ordinal);
        Assert.Contains("UID=1\n", await Pair.AssertSameAsync(Requests.Login("u", "password")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replaced_database_counts_from_the_next_request_on()
    {
        // If the old files were removed first, the new ones could get their
        // inodes, and no reader could tell them apart within a second.
        for (int uid = 1; uid <= 5; uid++)
        {
            await WriteAsync("u", uid);
            for (int i = 0; i < 4; i++)
            {
                Assert.Contains($"UID={uid}\n", await Pair.AssertSameAsync(Requests.Lookup("u")), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task An_account_that_leaves_the_database_is_unknown()
    {
        await WriteAsync("u", 1);
        await Pair.AssertSameAsync(Requests.Lookup("u"));
        await WriteAsync("v", 2);

        Assert.Equal("FAIL\n", await Pair.AssertSameAsync(Requests.Lookup("u")));
        Assert.Equal("FAIL\n", await Pair.AssertSameAsync(Requests.Login("u", "password")));
        Assert.Equal("# authuserdb\n\nv\t2\t2\t/h\t\t\n.\n", await Pair.AssertSameAsync(Requests.Enumerate));
    }

    [Fact]
    public async Task Without_the_shadow_database_lookups_work_and_logins_fail()
    {
        await WriteAsync("u", 1);
        await Pair.AssertSameAsync(Requests.Login("u", "password"));
        File.Delete(Path.Combine(_site.Config, "userdbshadow.dat"));

        Assert.DoesNotContain("PASSWD", await Pair.AssertSameAsync(Requests.Lookup("u")), StringComparison.Ordinal);
        Assert.Equal("FAIL\n", await Pair.AssertSameAsync(Requests.Login("u", "password")));
    }

    [Fact]
    public async Task Without_the_main_database_nobody_is_known()
    {
        await WriteAsync("u", 1);
        File.Delete(Path.Combine(_site.Config, "userdb.dat"));

        Assert.Equal("FAIL\n", await Pair.AssertSameAsync(Requests.Login("u", "password")));
    }

    [Fact]
    public async Task A_large_database_is_listed_in_the_same_order()
    {
        await _site.WriteUserdbAsync(string.Concat(Enumerable.Range(0, 20_000).Select(
            i => $"user{i}@example{i % 7}.com\tuid={i + 1}|gid={i + 1}|home=/home/{i}|mail=Maildir|options=n={i}\n")));

        string reply = await Pair.AssertSameAsync(Requests.Enumerate);
        Assert.Equal(20_003, reply.Count(c => c == '\n'));
        for (int i = 0; i < 20_000; i += 997)
        {
            await Pair.AssertSameAsync(Requests.Lookup($"user{i}@example{i % 7}.com"));
        }
    }

    [Fact]
    public async Task A_userdb_directory_is_read_like_a_file()
    {
        string[] files = ["userdb/example.com", "userdb/sub/deep", "userdb/plain"];
        Directory.CreateDirectory(Path.Combine(_site.Config, "userdb", "sub"),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.SetUnixFileMode(
            Path.Combine(_site.Config, "userdb"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (string file in files)
        {
            _site.Write(file, $"{file}\tuid=1|gid=1|home=/{file}|systempw={UserdbAccounts.Md5Crypt}\n");
        }

        await _site.MakeUserdbAsync();

        foreach (string file in files)
        {
            string reply = await Pair.AssertSameAsync(Requests.Login(file, UserdbAccounts.Password));
            Assert.Contains($"HOME=/{file}\n", reply, StringComparison.Ordinal);
        }
    }

    private Task WriteAsync(string name, int uid) =>
        _site.WriteUserdbAsync($"{name}\tuid={uid}|gid={uid}|home=/h|systempw={UserdbAccounts.Md5Crypt}\n");
}
