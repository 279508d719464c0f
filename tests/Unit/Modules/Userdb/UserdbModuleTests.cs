// authuserdb on makeuserdb's files: answers, and the log lines that administrators match.
using System.Security.Cryptography;
using System.Text;
using Authd.Core;
using Authd.Modules;
using Authd.Tests.Support;
using Authd.Tests.Unit.Core;
using Xunit;

namespace Authd.Tests.Unit.Modules.Userdb;

public sealed class UserdbModuleTests : IAsyncLifetime, IDisposable
{
    private const string Hash = "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=";
    private const string HmacKey = "d06d4e1b26fccaa4b0b61801132340a354b21152711fb604ca3e035e7015116b";
    private const string CramPassword = "tanstaaftanstaaf";

    private const string Source =
        $"john@example.com\tuid=1000|gid=1001|home=/home/j|mail=/home/j/Maildir|quota=100S|gecos=John Q,x|options=a=1"
        + $"|systempw={Hash}|pop3pw={{SHA}}x|hmac-md5pw={HmacKey}|webmail-hmac-md5pw=00\n"
        + "plain\tuid=1|gid=2|home=/h|shell=/bin/x|mail=|quota=|gecos=|options=\n"
        + "nohome\tuid=1|gid=2\n"
        + "nouid\tgid=2|home\n"
        + $"onlypw\tsystempw={Hash}\n"
        + $"onlycram\thmac-md5pw={HmacKey}\n"
        + $"zerouid\tuid=0|gid=1|home=/root|systempw={Hash}|hmac-md5pw={HmacKey}\n"
        + "badgid\tuid=1|gid=x|home=/h\n"
        + "1000=\tjohn@example.com\n";

    private const string JohnsLine =
        "Debug userdb: home=/home/j, uid=1000, gid=1001, shell=<unset>, mail=/home/j/Maildir, quota=100S, gecos=John Q,x, options=a=1";

    private const string JohnsDump =
        "Debug authuserdb: sysusername=<null>, sysuserid=1000, sysgroupid=1001, homedir=/home/j, address=john@example.com, "
        + "fullname=John Q,x, maildir=/home/j/Maildir, quota=100S, options=a=1";

    private static readonly Account John = new()
    {
        Uid = 1000,
        Gid = 1001,
        Home = "/home/j",
        Address = "john@example.com",
        FullName = "John Q,x",
        Maildir = "/home/j/Maildir",
        Quota = "100S",
        Options = "a=1",
    };

    private readonly UserdbFiles _files = new();
    private readonly LogLines _log = new(debugLevel: 1);
    private readonly BlockingWork _blocking = new(1);
    private readonly IAuthModule _module;

    public UserdbModuleTests()
    {
        _files.Make(Source);
        _module = ModuleRegistry.Create("authuserdb", TestServices.Create(_files.ConfigDirectory, _log.Log, _blocking))!;
    }

    private string Opened => $"Debug userdb: opened {_files.Database}";

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _module.DisposeAsync().AsTask();

    public void Dispose()
    {
        _blocking.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task Lookup()
    {
        AuthOutcome outcome = await LookUp("john@example.com");

        Assert.Equal(AuthOutcome.Accept(John with { StoredPassword = Hash }), outcome);
        Assert.Equal(
            [Opened, "Debug userdb: looking up 'john@example.com'", JohnsLine, "Debug found systempw in userdbshadow",
                JohnsDump],
            _log.All);
    }

    [Fact]
    public async Task A_services_own_password_is_the_only_one()
    {
        AuthOutcome lookup = await LookUp("john@example.com", "pop3");

        Assert.Equal("{SHA}x", lookup.Account?.StoredPassword);
        Assert.Contains("Debug found pop3pw in userdbshadow", _log.All);
        Assert.Equal(
            AuthOutcome.Reject(Reasons.DamagedHash + " {SHA}"), await Authenticate("login", "john@example.com\npassword\n", "pop3"));
    }

    [Fact]
    public async Task Fields_that_are_empty_stay_empty_and_absent_ones_absent()
    {
        Assert.Equal(
            new Account
            {
                Uid = 1,
                Gid = 2,
                Home = "/h",
                Address = "plain",
                FullName = "",
                Maildir = "",
                Quota = "",
                Options = ""
            },
            (await LookUp("plain")).Account);
        Assert.Equal(
            [
                "Debug userdb: home=/h, uid=1, gid=2, shell=/bin/x, mail=, quota=, gecos=, options=",
                "Debug userdbshadow: entry not found",
            ],
            _log.All.Skip(2).Take(2));
    }

    [Theory]
    [InlineData("nobody", Reasons.UnknownUser, "userdb: entry not found")]
    [InlineData("", Reasons.UnknownUser, "userdb: entry not found")]
    [InlineData("JOHN@example.com", Reasons.UnknownUser, "userdb: entry not found")]
    [InlineData("nohome", Reasons.NoHome, "userdb: required value 'home' is missing")]
    [InlineData("nouid", Reasons.BrokenRecord, "userdb: required value 'uid' is missing")]
    [InlineData("onlypw", Reasons.NoHome, "userdb: required value 'home' is missing")]
    [InlineData("1000=", Reasons.NoHome, "userdb: required value 'home' is missing")]
    public async Task What_is_no_account_is_rejected(string user, string reason, string line)
    {
        Assert.Equal(AuthOutcome.Reject(reason), await LookUp(user));
        string[] warning = user is "nohome" or "onlypw"
            ? [$"Warn authuserdb: '{user}' has no home: neither logins nor lookups find it; set it with userdb and run makeuserdb"] : [];
        Assert.Equal([Opened, $"Debug userdb: looking up '{user}'", $"Debug {line}", .. warning], _log.All);
    }

    [Theory]
    [InlineData("zerouid", "uid=0, gid=1")]
    [InlineData("badgid", "uid=1, gid=x")]
    public async Task Root_and_unreadable_numbers_fail_temporarily(string user, string numbers)
    {
        Assert.Equal(Reasons.BrokenRecord, (await LookUp(user)).Reason);
        Assert.Equal(Verdict.TempFail, (await Authenticate("login", $"{user}\npassword\n")).Verdict);
        Assert.Contains(
            $"Err authuserdb: refuse {user}: {numbers} (zero and what is no number are not permitted)", _log.All);
    }

    [Fact]
    public async Task Login()
    {
        AuthOutcome outcome = await Authenticate("login", "john@example.com\npassword\n");

        Assert.Equal(AuthOutcome.Accept(John with { StoredPassword = Hash, ClearPassword = "password" }), outcome);
        Assert.Equal([JohnsDump, "Debug password matches successfully"], _log.All.TakeLast(2));
    }

    [Theory]
    [InlineData("john@example.com\nwrong\n", Reasons.WrongPassword, "supplied password does not match encrypted password")]
    [InlineData("plain\nx\n", Reasons.NoPassword, "no password available to compare.")]
    [InlineData("nobody\nx\n", Reasons.UnknownUser, "userdb: entry not found")]
    [InlineData("john@example.com\n\n", Reasons.BadRequest, "Unsupported authentication type: login")]
    public async Task Failed_logins(string data, string reason, string line)
    {
        Assert.Equal(AuthOutcome.Reject(reason), await Authenticate("login", data));
        Assert.Equal($"Debug {line}", _log.All[^1]);
    }

    [Fact]
    public async Task Other_authentication_types()
    {
        Assert.Equal(AuthOutcome.Reject(Reasons.Unsupported), await Authenticate("plain", "x\ny\n"));
        Assert.Equal(AuthOutcome.Reject(Reasons.BadRequest), await Authenticate("cram-md5", "!\n!\n"));
        Assert.Equal("Debug Unsupported authentication type: plain", _log.All[0]);
    }

    [Fact]
    public async Task Cram_replies_like_a_login_but_without_passwords()
    {
        Assert.Equal(AuthOutcome.Accept(John), await Authenticate("cram-md5", Cram("john@example.com", CramPassword)));
        Assert.Equal(
            [
                "Debug cram: decoded challenge/response, username 'john@example.com'", Opened,
                "Debug cram validation succeeded", JohnsLine,
            ],
            _log.All);
    }

    [Theory]
    [InlineData("onlycram")]
    [InlineData("zerouid")]
    public async Task Cram_for_a_broken_record_fails_temporarily(string user) => Assert.Equal(
        AuthOutcome.TempFail(Reasons.BrokenRecord), await Authenticate("cram-md5", Cram(user, CramPassword)));

    [Theory]
    [InlineData("john@example.com", "wrong", "imap", "cram-md5", Reasons.WrongPassword, "cram validation failed")]
    [InlineData("john@example.com", CramPassword, "webmail", "cram-md5", Reasons.WrongPassword, "cram validation failed")]
    [InlineData("john@example.com", CramPassword, "imap", "cram-sha1", Reasons.NoPassword,
        "authcram: no imap-hmac-sha1pw or hmac-sha1pw value found")]
    [InlineData("plain", CramPassword, "imap", "cram-md5", Reasons.NoPassword, "userdbshadow: entry not found")]
    [InlineData("nobody", CramPassword, "imap", "cram-md5", Reasons.UnknownUser, "userdb: entry not found")]
    public async Task Failed_cram(string user, string password, string service, string type, string reason, string line)
    {
        Assert.Equal(AuthOutcome.Reject(reason), await Authenticate(type, Cram(user, password), service));
        Assert.Equal($"Debug {line}", _log.All[^1]);
    }

    [Fact]
    public async Task Without_a_shadow_file_there_are_no_passwords()
    {
        File.Delete(_files.Shadow);

        Assert.Equal(AuthOutcome.Accept(John), await LookUp("john@example.com"));
        Assert.Equal(
            AuthOutcome.Reject(Reasons.NoPassword), await Authenticate("login", "john@example.com\npassword\n"));
        Assert.Equal(
            AuthOutcome.Reject(Reasons.NoPassword),
            await Authenticate("cram-md5", Cram("john@example.com", CramPassword)));
        Assert.Equal(3, _log.All.Count(line => line == $"Debug userdbshadow: unable to open {_files.Shadow}"));
    }

    [Fact]
    public async Task Without_a_database_there_are_no_users()
    {
        File.Delete(_files.Database);

        Assert.Equal(AuthOutcome.Reject(Reasons.UnknownUser), await LookUp("john@example.com"));
        Assert.Equal(
            [$"Debug userdb: failed to open {_files.Database}", "Debug userdb: looking up 'john@example.com'"], _log.All);
        Assert.Empty(await Enumerate());

        _files.Make(Source);
        Assert.Equal(Verdict.Accept, (await LookUp("john@example.com")).Verdict);
    }

    [Fact]
    public async Task A_replaced_database_is_seen_at_the_next_request()
    {
        await LookUp("john@example.com");
        _files.Make("mary\tuid=5|gid=6|home=/m|systempw=y\n");

        Assert.Equal(AuthOutcome.Reject(Reasons.UnknownUser), await LookUp("john@example.com"));
        Assert.Equal(
            new Account { Uid = 5, Gid = 6, Home = "/m", Address = "mary", StoredPassword = "y" },
            (await LookUp("mary")).Account);
        Assert.Equal(2, _log.All.Count(line => line == Opened));

        File.Delete(_files.Database);
        Assert.Equal(AuthOutcome.Reject(Reasons.UnknownUser), await LookUp("mary"));
    }

    [Fact]
    public async Task A_damaged_database_fails_temporarily_and_says_so_once()
    {
        await File.WriteAllTextAsync(_files.Database, "garbage");

        Assert.Equal(AuthOutcome.TempFail(Reasons.FileUnusable), await LookUp("john@example.com"));
        Assert.Equal(Verdict.TempFail, (await Authenticate("login", "john@example.com\npassword\n")).Verdict);
        Assert.Equal(Verdict.TempFail, (await Authenticate("cram-md5", Cram("john@example.com", "x"))).Verdict);
        string error = $"Err authuserdb: {_files.Database}: damaged: the file ends early";
        Assert.Equal([error], _log.All.Where(line => line.StartsWith("Err", StringComparison.Ordinal)));
        await Assert.ThrowsAsync<EnumerationFailedException>(Enumerate);
        Assert.Equal(error, _log.All[^1]);

        _files.Make(Source);
        Assert.Equal(Verdict.Accept, (await LookUp("john@example.com")).Verdict);
    }

    [Fact]
    public async Task A_damaged_shadow_file_fails_temporarily()
    {
        using (FileStream shadow = new(_files.Shadow, FileMode.Open))
        {
            shadow.SetLength(4096);
        }

        Assert.Equal(AuthOutcome.TempFail(Reasons.FileUnusable), await LookUp("john@example.com"));
        Assert.Equal(
            $"Err authuserdb: {_files.Shadow}: damaged: the header contradicts itself or the file's size", _log.All[^1]);
    }

    [Fact]
    public async Task Enumeration_lists_accounts_only()
    {
        List<Account> accounts = await Enumerate();

        Assert.Equal(["john@example.com", "plain"], accounts.Select(account => account.Address).Order());
        Assert.Contains(John, accounts);
        Assert.Equal(
            [
                "Err authuserdb: refuse badgid: uid=1, gid=x (zero and what is no number are not permitted)",
                "Err authuserdb: refuse zerouid: uid=0, gid=1 (zero and what is no number are not permitted)",
            ],
            _log.All.Order());
    }

    private static string Cram(string user, string password)
    {
        byte[] challenge = "<1896@postoffice>"u8.ToArray();
        string digest = Convert.ToHexStringLower(HMACMD5.HashData(Encoding.ASCII.GetBytes(password), challenge));
        return $"{Convert.ToBase64String(challenge)}\n{Convert.ToBase64String(Encoding.ASCII.GetBytes($"{user} {digest}"))}\n";
    }

    private ValueTask<AuthOutcome> LookUp(string user, string service = "imap") =>
        _module.LookupAsync(new LookupRequest(new RequestContext(service), user), CancellationToken.None);

    private ValueTask<AuthOutcome> Authenticate(string type, string data, string service = "imap") =>
        _module.AuthenticateAsync(new AuthRequest(new RequestContext(service), type, data), CancellationToken.None);

    private async Task<List<Account>> Enumerate()
    {
        List<Account> accounts = [];
        await foreach (Account account in _module.EnumerateAsync(CancellationToken.None)!)
        {
            accounts.Add(account);
        }

        return accounts;
    }
}
