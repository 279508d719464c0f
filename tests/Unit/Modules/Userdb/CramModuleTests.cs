// authcram beside authuserdb: CRAM only, and the same open files.
using System.Security.Cryptography;
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Passwords;
using Authd.Core.Protocol;
using Authd.Modules;
using Authd.Tests.Support;
using Authd.Tests.Unit.Core;
using Xunit;

namespace Authd.Tests.Unit.Modules.Userdb;

public sealed class CramModuleTests : IAsyncLifetime, IDisposable
{
    private static readonly string Key = HmacKey.FromPassword(CramHash.Md5, "secret");

    private readonly UserdbFiles _files = new();
    private readonly LogLines _log = new(debugLevel: 1);
    private readonly BlockingWork _blocking = new(1);
    private readonly IAuthModule _cram;
    private readonly IAuthModule _userdb;

    public CramModuleTests()
    {
        _files.Make($"u\tuid=1|gid=1|home=/h|quota=1S|systempw={{SHA}}W6ph5Mm5Pz8GgiULbPgzG37mj9g=|imap-hmac-md5pw={Key}\n");
        ModuleServices services = TestServices.Create(_files.ConfigDirectory, _log.Log, _blocking);
        _cram = ModuleRegistry.Create("authcram", services)!;
        _userdb = ModuleRegistry.Create("authuserdb", services)!;
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _cram.DisposeAsync();
        await _userdb.DisposeAsync();
    }

    public void Dispose()
    {
        _blocking.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task Cram_is_answered_from_userdb()
    {
        Assert.Equal("authcram", _cram.Name);
        Assert.Equal(
            AuthOutcome.Accept(new Account { Uid = 1, Gid = 1, Home = "/h", Quota = "1S", Address = "u" }),
            await Authenticate(_cram, "cram-md5", Response("secret")));
        Assert.Equal(AuthOutcome.Reject(Reasons.WrongPassword), await Authenticate(_cram, "cram-md5", Response("wrong")));
        Assert.Equal(AuthOutcome.Reject(Reasons.NoPassword), await Authenticate(_cram, "cram-sha1", Response("secret")));
        Assert.Equal("Debug authcram: no imap-hmac-sha1pw or hmac-sha1pw value found", _log.All[^1]);
        Assert.Equal(AuthOutcome.Reject(Reasons.BadRequest), await Authenticate(_cram, "cram-md5", "x\n"));
    }

    [Fact]
    public async Task All_else_is_for_the_next_module()
    {
        Assert.Equal(AuthOutcome.Reject(Reasons.Unsupported), await Authenticate(_cram, "login", "u\npassword\n"));
        Assert.Equal(["Debug cram: only supports authtype=cram-*"], _log.All);
        RequestContext imap = new("imap");
        Assert.Equal(
            AuthOutcome.Reject(Reasons.Unsupported),
            await _cram.LookupAsync(new LookupRequest(imap, "u"), CancellationToken.None));
        Assert.Equal(
            AuthOutcome.Reject(Reasons.Unsupported),
            await _cram.ChangePasswordAsync(new PasswordChange(imap, "u", "password", "new"), CancellationToken.None));
        Assert.Null(_cram.EnumerateAsync(CancellationToken.None));
        Assert.Equal(Verdict.Accept, (await Authenticate(_userdb, "login", "u\npassword\n")).Verdict);
    }

    [Fact]
    public async Task Both_modules_share_what_is_open()
    {
        await Authenticate(_cram, "cram-md5", Response("secret"));
        await Authenticate(_userdb, "cram-md5", Response("secret"));
        await Authenticate(_userdb, "login", "u\npassword\n");

        Assert.Single(_log.All, $"Debug userdb: opened {_files.Database}");
    }

    private static string Response(string password)
    {
        string digest = Convert.ToHexStringLower(HMACMD5.HashData(WireText.ToBytes(password), "<1@h>"u8));
        return $"{Requests.Base64("<1@h>")}\n{Requests.Base64($"u {digest}")}\n";
    }

    private static ValueTask<AuthOutcome> Authenticate(IAuthModule module, string type, string data) =>
        module.AuthenticateAsync(new AuthRequest(new RequestContext("imap"), type, data), CancellationToken.None);
}
