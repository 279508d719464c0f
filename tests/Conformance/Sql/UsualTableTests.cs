// An SQL module with field settings: every account, every request, on one pair of daemons.
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Conformance.Userdb;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Sql;

public abstract class UsualTableTests(SqlAccounts accounts) : IAsyncLifetime
{
    private CourierSite? _site;
    private DaemonPair? _pair;

    /// <summary>Names of accounts and of unknown users.</summary>
    public static TheoryData<string> Names =>
    [
        "alice@example.com", "bob", "bob@example.com", "both", "locked", "nopw", "nopwempty", "inactive", "twice",
        "big", "text", "utf8pw", "bcrypt", "cram", "ALICE@EXAMPLE.COM", "alice", "nosuch", "%", "_", "",
    ];

    public static TheoryData<string> OddNames => [.. SqlAccounts.OddNames];

    private DaemonPair Pair => _pair!;

    public async Task InitializeAsync()
    {
        _site = accounts.NewSite(accounts.Usual);
        _pair = await DaemonPair.StartAsync(_site);
    }

    public async Task DisposeAsync()
    {
        if (_pair is not null)
        {
            await _pair.DisposeAsync();
        }

        _site?.Dispose();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_request_gets_the_same(string name)
    {
        await Pair.AssertSameAsync(Requests.Lookup(name));
        await Pair.AssertSameAsync(Requests.Lookup(name, "courier"));
        await Pair.AssertSameAsync(Requests.Lookup(name, selector: accounts.Module));
        await Pair.AssertSameAsync(Requests.Lookup(name, selector: "authuserdb"));
        foreach (string password in (string[])["password", "Password", "clearone", "p\u00c3\u00a4ssw\u00c3\u00b6rd", "*",
            "x' OR '1'='1"])
        {
            await Pair.AssertSameAsync(Requests.Login(name, password));
        }

        await Pair.AssertSameAsync(Requests.Login(name, UserdbAccounts.CramPassword, "courier"));
        foreach (string authType in (string[])["cram-md5", "cram-sha1", "cram-sha256"])
        {
            await Pair.AssertSameAsync(Requests.Cram(authType, name, UserdbAccounts.CramPassword, "<1@h>"));
            await Pair.AssertSameAsync(Requests.Cram(authType, name, "password", "<1@h>"));
        }

        await Pair.AssertSameAsync(Requests.Auth("imap", "other", $"{name}\npassword\n"));
        await Pair.AssertSameAsync(Requests.ChangePassword(name, "wrong", "new"));
    }

    [Theory]
    [MemberData(nameof(OddNames))]
    public async Task A_name_that_looks_odd_is_found_and_harms_nothing(string name)
    {
        string found = await Pair.AssertSameAsync(Requests.Lookup(name));
        Assert.Contains($"HOME=/odd\nADDRESS={name}\n", found, StringComparison.Ordinal);
        await Pair.AssertSameAsync(Requests.Login(name, "password"));
        await Pair.AssertSameAsync(Requests.Login(name, "wrong"));
        await Pair.AssertSameAsync(Requests.Login(name + "x", "password"));
        await Pair.AssertSameAsync(Requests.Cram("cram-md5", name, "password", "<1@h>"));
        await Pair.AssertSameAsync(Requests.ChangePassword(name, "wrong", "x', id='y"));
    }

    [Fact]
    public async Task The_list_is_the_same()
    {
        string reply = await Pair.AssertSameAsync(Requests.Enumerate);
        Assert.StartsWith(
            $"# {accounts.Module}\n\nalice@example.com\t1001\t1002\t/home/alice\tMaildir\tdisableimap=1,d=1\n", reply,
            StringComparison.Ordinal);
        Assert.EndsWith("\n.\n", reply, StringComparison.Ordinal);
    }
}
