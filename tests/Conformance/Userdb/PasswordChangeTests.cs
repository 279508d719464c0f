// PASSWD for authuserdb: both daemons, each on an /etc/courier of its own with the same initial content.
using Authd.Core.Passwords;
using Authd.Core.Protocol;
using Authd.Modules.Userdb;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Userdb;

public sealed class PasswordChangeTests : IAsyncLifetime
{
    private const string Old = UserdbAccounts.Password;

    private static readonly string OldKey = HmacKey.FromPassword(CramHash.Md5, Old);

    private static readonly string Text =
        $"# accounts\n\nplain\tuid=1|gid=1|home=/h|systempw={UserdbAccounts.Md5Crypt}\n"
        + $"both\tuid=1|gid=1|home=/h|systempw={UserdbAccounts.Md5Crypt}|hmac-md5pw={OldKey}|imap-hmac-sha1pw="
        + $"{HmacKey.FromPassword(CramHash.Sha1, Old)}\n"
        + $"own\tuid=1|gid=1|home=/h|systempw=x|imappw={UserdbAccounts.Md5Crypt}|pop3pw=y\n"
        + $"keys\tuid=1|gid=1|home=/h|hmac-md5pw={OldKey}\n"
        + $"otherkey\tuid=1|gid=1|home=/h|systempw={UserdbAccounts.Md5Crypt}|hmac-md5pw={UserdbAccounts.HmacMd5}\n"
        + "none\tuid=1|gid=1|home=/h\n"
        + $"stale\tuid=1|gid=1|home=/h|systempw={UserdbAccounts.Md5Crypt}|hmac-md5pw=stale\n";

    private readonly CourierSite _siteOfC = new();
    private readonly CourierSite _siteOfOurs = new();
    private IAuthDaemon? _c;
    private IAuthDaemon? _ours;

    public async Task InitializeAsync()
    {
        foreach (CourierSite site in (CourierSite[])[_siteOfC, _siteOfOurs])
        {
            site.WriteAuthdaemonrc("authuserdb");
            await site.WriteUserdbAsync(Text);
        }

        _c = await CDaemon.StartAsync(_siteOfC);
        _ours = await OurDaemon.StartAsync(_siteOfOurs);
    }

    public async Task DisposeAsync()
    {
        foreach (IAuthDaemon? daemon in (IAuthDaemon?[])[_c, _ours])
        {
            if (daemon is not null)
            {
                await daemon.DisposeAsync();
            }
        }

        _siteOfC.Dispose();
        _siteOfOurs.Dispose();
    }

    [Theory]
    [InlineData("plain", Old, "OK\n", "systempw")]
    [InlineData("both", Old, "OK\n", "systempw", "hmac-md5pw", "imap-hmac-sha1pw")]
    [InlineData("own", Old, "OK\n", "imappw")]
    [InlineData("keys", Old, "OK\n", "hmac-md5pw")]
    [InlineData("otherkey", UserdbAccounts.CramPassword, "OK\n", "hmac-md5pw")]
    [InlineData("plain", "wrong", "FAIL\n")]
    [InlineData("own", "x", "FAIL\n")]
    [InlineData("none", Old, "FAIL\n")]
    [InlineData("nobody", Old, "FAIL\n")]
    public async Task The_same_fields_change(string user, string old, string reply, params string[] changed)
    {
        string request = Requests.ChangePassword(user, old, "new");
        Assert.Equal(reply, (await RawClient.AskAsync(_c!.SocketPath, request)).Text);
        Assert.Equal(reply, (await RawClient.AskAsync(_ours!.SocketPath, request)).Text);

        Assert.Equal(changed.Order(), ChangedFields(_siteOfC, user));
        Assert.Equal(changed.Order(), ChangedFields(_siteOfOurs, user));
        foreach (string field in changed.Where(field => field.Contains("hmac", StringComparison.Ordinal)))
        {
            Assert.Equal(Fields(_siteOfC, user).Get(field), Fields(_siteOfOurs, user).Get(field));
        }

        // Each daemon accepts logins with hashes that the other has written.
        foreach (IAuthDaemon daemon in (IAuthDaemon[])[_c, _ours])
        {
            Assert.Equal(
                changed.Any(field => !field.Contains("hmac", StringComparison.Ordinal)),
                (await RawClient.AskAsync(daemon.SocketPath, Requests.Login(user, "new"))).Text != "FAIL\n");
        }
    }

    /// <summary>The C daemon makes <c>$1$</c> of every hash.</summary>
    [Fact]
    public async Task The_hash_is_not_the_same_kind()
    {
        string request = Requests.ChangePassword("plain", Old, "new");
        await RawClient.AskAsync(_c!.SocketPath, request);
        await RawClient.AskAsync(_ours!.SocketPath, request);

        Assert.StartsWith("$1$", Fields(_siteOfC, "plain").Get("systempw"), StringComparison.Ordinal);
        Assert.StartsWith("$6$", Fields(_siteOfOurs, "plain").Get("systempw"), StringComparison.Ordinal);
    }

    /// <summary><c>userdb-stale-keys</c>.</summary>
    [Fact]
    public async Task A_key_left_over_is_renewed_by_ours()
    {
        string request = Requests.ChangePassword("stale", Old, "new");
        Assert.Equal("OK\n", (await RawClient.AskAsync(_c!.SocketPath, request)).Text);
        Assert.Equal("OK\n", (await RawClient.AskAsync(_ours!.SocketPath, request)).Text);

        Assert.Equal("stale", Fields(_siteOfC, "stale").Get("hmac-md5pw"));
        Assert.Equal(HmacKey.FromPassword(CramHash.Md5, "new"), Fields(_siteOfOurs, "stale").Get("hmac-md5pw"));
    }

    /// <summary><c>userdb-password-characters</c>.</summary>
    [Theory]
    [InlineData("n=ew")]
    [InlineData("n|ew")]
    [InlineData("n'ew")]
    [InlineData("n\"ew")]
    public async Task Characters_that_mean_something_to_userdb_are_taken_by_ours(string password)
    {
        string request = Requests.ChangePassword("plain", Old, password);
        Assert.Equal("FAIL\n", (await RawClient.AskAsync(_c!.SocketPath, request)).Text);
        Assert.Equal("OK\n", (await RawClient.AskAsync(_ours!.SocketPath, request)).Text);
        Assert.NotEqual("FAIL\n", (await RawClient.AskAsync(_ours.SocketPath, Requests.Login("plain", password))).Text);
    }

    private static UserdbFields Fields(CourierSite site, string user) =>
        new(UserdbText.Find(File.ReadAllBytes(Path.Combine(site.Config, "userdb")), user) ?? "");

    private static IEnumerable<string> ChangedFields(CourierSite site, string user)
    {
        UserdbFields before = new(UserdbText.Find(Core.WireText.ToBytes(Text), user) ?? "");
        UserdbFields after = Fields(site, user);
        string[] names =
            ["uid", "gid", "home", "systempw", "imappw", "pop3pw", "hmac-md5pw", "hmac-sha1pw", "imap-hmac-md5pw",
                "imap-hmac-sha1pw"];
        return names.Where(name => before.Get(name) != after.Get(name)).Order();
    }
}
