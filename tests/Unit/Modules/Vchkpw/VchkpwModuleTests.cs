// authvchkpw on vpopmail's files: lookups, logins, lists, and the effects of the flags.
using Authd.Core;
using Authd.Modules;
using Authd.Tests.Support;
using Authd.Tests.Unit.Core;
using Xunit;

namespace Authd.Tests.Unit.Modules.Vchkpw;

public sealed class VchkpwModuleTests : IAsyncLifetime, IDisposable
{
    private const string Hash = "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/";

    private const string Accounts =
        $"john:{Hash}:1:0:John Q,x:/home/vpopmail/domains/example.com/john:10485760S,1000C:password\n"
        + $"mary:{Hash}:1:0::/m:NOQUOTA\n"
        + $"short:{Hash}:1:0:Short:/s\n"
        + $"bytes:{Hash}:1:0:B:/b:5000:\n"
        + $"nopop:{Hash}:1:2:N:/n:NOQUOTA\n"
        + $"nowebmail:{Hash}:1:4:N:/n:NOQUOTA\n"
        + $"noimap:{Hash}:1:8:N:/n:NOQUOTA\n"
        + $"nosmtp:{Hash}:1:2048:N:/n:NOQUOTA\n"
        + $"nochange:{Hash}:1:1:N:/n:NOQUOTA\n"
        + $"free:{Hash}:1:8192:N:/n:NOQUOTA\n"
        + $"homeless:{Hash}:1:0:H::NOQUOTA\n"
        + "hashless::1:0:H:/h:NOQUOTA\n";

    private static readonly Account John = new()
    {
        Uid = 89,
        Gid = 90,
        Home = "/home/vpopmail/domains/example.com/john",
        Address = "john@example.com",
        FullName = "John Q,x",
        Quota = "10485760S,1000C",
        StoredPassword = Hash,
        Options = "",
    };

    private readonly VpopmailTree _tree = new();
    private readonly LogLines _log = new(debugLevel: 1);
    private readonly BlockingWork _blocking = new(2);
    private IAuthModule _module = null!;

    public async Task InitializeAsync()
    {
        await _tree.AddDomainAsync("example.com", Accounts);
        _tree.AddAlias("example.net", "example.com");
        await _tree.CompileUsersAsync();
        _module = Create(_tree.Ini);
    }

    public Task DisposeAsync() => _module.DisposeAsync().AsTask();

    public void Dispose()
    {
        _blocking.Dispose();
        _tree.Dispose();
    }

    [Theory]
    [InlineData("john@example.com")]
    [InlineData("John@Example.COM")]
    [InlineData("john@example.net")]
    [InlineData("john%example.com")]
    [InlineData("john/example.com")]
    [InlineData("john;example.com")]
    public async Task An_account_is_found_by_all_its_names(string login) =>
        Assert.Equal(AuthOutcome.Accept(John), await LookUp(login));

    [Theory]
    [InlineData("assign alone", false, true)]
    [InlineData("vpasswd alone", true, false)]
    [InlineData("text files alone", false, false)]
    public async Task Text_files_serve_where_there_are_no_databases(string _, bool users, bool domain)
    {
        if (!users)
        {
            File.Delete(Path.Combine(_tree.Users, "cdb"));
        }

        if (!domain)
        {
            File.Delete(_tree.File("example.com", "vpasswd.cdb"));
        }

        Assert.Equal(AuthOutcome.Accept(John), await LookUp("john@example.net"));
        Assert.Equal(11, (await Enumerate()).Count);
        Assert.Equal(AuthOutcome.Reject(Reasons.UnknownUser), await LookUp("john@ignored.example"));
    }

    [Theory]
    [InlineData("john@example.org", "vchkpw: domain does not exist")]
    [InlineData("nosuch@example.com", "vchkpw: user does not exist")]
    [InlineData("john", "vchkpw: unable to split into user and domain")]
    [InlineData("@example.com", "vchkpw: unable to split into user and domain")]
    [InlineData("jo hn@example.com", "vchkpw: unable to split into user and domain")]
    [InlineData("john@example_com", "vchkpw: unable to split into user and domain")]
    [InlineData("john@../x", "vchkpw: unable to split into user and domain")]
    [InlineData("a23456789012345678901234567890123@example.com", "vchkpw: unable to split into user and domain")]
    public async Task Names_that_are_nobodys_are_rejected(string login, string line)
    {
        Assert.Equal(AuthOutcome.Reject(Reasons.UnknownUser), await LookUp(login));
        Assert.Equal(["Debug " + line], _log.All);
    }

    [Fact]
    public async Task The_default_domain_completes_a_bare_name()
    {
        _tree.WriteEtc("defaultdomain", "Example.NET\n");
        Assert.Equal(AuthOutcome.Accept(John), await LookUp("john"));
    }

    [Theory]
    [InlineData("mary", null)]
    [InlineData("short", null)]
    [InlineData("bytes", "5000S")]
    public async Task Quotas_are_those_of_a_maildir(string user, string? quota) =>
        Assert.Equal(quota, (await LookUp(user + "@example.com")).Account?.Quota);

    [Theory]
    [InlineData("nopop", "pop3", "pop3", "disablepop3=1")]
    [InlineData("nowebmail", "webmail", "webmail", "disablewebmail=1")]
    [InlineData("noimap", "imap", "imap", "disableimap=1")]
    [InlineData("nosmtp", "esmtp", "smtp", "")]
    [InlineData("nosmtp", "smtp", "smtp", "")]
    public async Task A_flag_disables_a_service_and_shows_as_an_option(
        string user, string service, string name, string options)
    {
        Assert.Equal(AuthOutcome.Reject($"{name} disabled"), await LogIn(user + "@example.com", "password", service));
        Assert.Contains($"Debug vchkpw: {name} disabled for this account", _log.All);

        Account? account = (await LogIn(user + "@example.com", "password", "other")).Account;
        Assert.Equal(options, account?.Options);
    }

    [Theory]
    [InlineData("example.com", ".qmailadmin-limits")]
    [InlineData("etc", "vlimits.default")]
    public async Task A_domains_limits_hold_for_all_but_the_exempt(string where, string name)
    {
        const string Limits = "maxpopaccounts: 5\ndisable_imap: 1\ndisable_pop\n";
        if (where == "etc")
        {
            _tree.WriteEtc(name, Limits);
        }
        else
        {
            await File.WriteAllTextAsync(_tree.File(where, name), Limits);
        }

        Assert.Equal(AuthOutcome.Reject("imap disabled"), await LookUp("john@example.com"));
        Assert.Equal("disableimap=1,disablepop3=1", (await LookUp("john@example.com", "login")).Account?.Options);
        Assert.Equal("", (await LookUp("free@example.com")).Account?.Options);
    }

    [Fact]
    public async Task Logins_compare_the_hash()
    {
        Assert.Equal(
            AuthOutcome.Accept(John with { ClearPassword = "password" }), await LogIn("john@example.com", "password"));
        Assert.Equal(AuthOutcome.Reject(Reasons.WrongPassword), await LogIn("john@example.com", "wrong"));
        Assert.Equal(AuthOutcome.Reject(Reasons.NoPassword), await LogIn("hashless@example.com", "password"));
        Assert.Equal(AuthOutcome.Reject(Reasons.BadRequest), await Authenticate("login", "john@example.com"));
        Assert.Equal(AuthOutcome.Reject(Reasons.Unsupported), await Authenticate("other", "a\nb\n"));
    }

    [Theory]
    [InlineData("cram-md5")]
    [InlineData("cram-sha1")]
    [InlineData("cram-sha256")]
    public async Task CRAM_takes_the_password_in_clear(string type)
    {
        Assert.Equal(
            AuthOutcome.Accept(John with { ClearPassword = "password" }), await Cram(type, "john@example.com", "password"));
        Assert.Equal(AuthOutcome.Reject(Reasons.WrongPassword), await Cram(type, "john@example.com", "wrong"));
        Assert.Equal(AuthOutcome.Reject(Reasons.NoPassword), await Cram(type, "mary@example.com", "password"));
        Assert.Equal(AuthOutcome.Reject(Reasons.UnknownUser), await Cram(type, "nosuch@example.com", "password"));
    }

    [Fact]
    public async Task A_record_that_is_no_account_fails_temporarily()
    {
        Assert.Equal(Reasons.BrokenRecord, (await LookUp("homeless@example.com")).Reason);
        Assert.StartsWith(
            "Err authvchkpw: refuse homeless@example.com: it has no directory", _log.All[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_database_fails_temporarily_until_it_is_replaced()
    {
        string cdb = _tree.File("example.com", "vpasswd.cdb");
        await File.WriteAllBytesAsync(cdb, (await File.ReadAllBytesAsync(cdb))[..2100]);

        Assert.Equal(AuthOutcome.TempFail(Reasons.FileUnusable), await LookUp("john@example.com"));
        Assert.Equal(AuthOutcome.TempFail(Reasons.FileUnusable), await LogIn("john@example.com", "password"));
        await Assert.ThrowsAsync<EnumerationFailedException>(Enumerate);
        Assert.Equal([$"Err authvchkpw: {cdb}: damaged: it ends early"], _log.All);

        await _tree.CompileAsync("example.com");
        Assert.Equal(AuthOutcome.Accept(John), await LookUp("john@example.com"));
    }

    [Fact]
    public async Task The_list_has_all_domains_once()
    {
        await _tree.AddDomainAsync(
            "example.org", string.Concat(Enumerable.Range(0, 600).Select(i => $"u{i}:x:1:8:g:/h{i}:NOQUOTA\n")));
        await _tree.CompileUsersAsync();

        List<Account> accounts = await Enumerate();

        Assert.Equal(611, accounts.Count);
        Assert.Equal(611, accounts.Select(account => account.Address).Distinct().Count());
        Assert.Contains(John, accounts);
        Assert.Contains(
            accounts, account => account is { Address: "u599@example.org", Home: "/h599", Options: "disableimap=1" });
    }

    [Fact]
    public async Task Without_vpopmail_the_module_is_passed_over()
    {
        await _module.DisposeAsync();
        _module = Create("");
        Assert.Equal(AuthOutcome.Reject(Reasons.UnknownUser), await LookUp("john@example.com"));
        Assert.Equal(AuthOutcome.Reject(Reasons.UnknownUser), await LookUp("john@example.com"));
        Assert.Empty(await Enumerate());
        Assert.Equal(
            ["Warn authvchkpw: there is no system user vpopmail, and no [vchkpw] home in authdaemond.ini"], _log.All);
    }

    private IAuthModule Create(string ini) =>
        ModuleRegistry.Create("authvchkpw", TestServices.Create("/nowhere", _log.Log, _blocking, ini))!;

    private async Task<AuthOutcome> LookUp(string user, string service = "imap") =>
        Undumped(await _module.LookupAsync(new LookupRequest(new RequestContext(service), user), CancellationToken.None));

    private Task<AuthOutcome> LogIn(string user, string password, string service = "imap") =>
        Authenticate("login", $"{user}\n{password}\n", service);

    private async Task<AuthOutcome> Authenticate(string type, string data, string service = "imap") =>
        Undumped(await _module.AuthenticateAsync(new AuthRequest(new RequestContext(service), type, data),
            CancellationToken.None));

    private Task<AuthOutcome> Cram(string type, string user, string password)
    {
        string challenge = "<1@h>";
        string response = $"{user} {Requests.Digest(type, password, challenge)}";
        return Authenticate(type, $"{Requests.Base64(challenge)}\n{Requests.Base64(response)}\n");
    }

    /// <summary>Asserts that an accepted account was shown in the log.</summary>
    private AuthOutcome Undumped(AuthOutcome outcome)
    {
        if (outcome.Account is { } account)
        {
            Assert.Contains(
                _log.All, line => line.StartsWith("Debug authvchkpw: sysusername=<null>", StringComparison.Ordinal)
                && line.Contains($"address={account.Address}", StringComparison.Ordinal));
        }

        return outcome;
    }

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
