// Password changes of authvchkpw: both files, vpopmail's lock, nothing lost.
using Authd.Core;
using Authd.Linux.Files;
using Authd.Modules;
using Authd.Tests.Support;
using Authd.Tests.Unit.Core;
using Xunit;

namespace Authd.Tests.Unit.Modules.Vchkpw;

public sealed class VchkpwPasswordTests : IAsyncLifetime, IDisposable
{
    private const string Domain = "example.com";
    private const string Hash = "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/";
    private const string John = $"john:{Hash}:1:0:John:/j:NOQUOTA:password\n";
    private const string Mary = $"mary:{Hash}:1:0:Mary:/m:NOQUOTA\n";
    private const string Fixed = $"fixed:{Hash}:1:1:Fixed:/f:NOQUOTA";

    // Keeps the lock until its input ends, as a program of vpopmail might.
    private const string Holder =
        "import fcntl, sys\nf = open(sys.argv[1], 'a')\nfcntl.lockf(f, fcntl.LOCK_EX)\nprint('held', flush=True)\nsys.stdin.read()\n";

    private readonly VpopmailTree _tree = new();
    private readonly LogLines _log = new(debugLevel: 1);
    private readonly BlockingWork _blocking = new(2);
    private IAuthModule _module = null!;

    private string Text => _tree.File(Domain, "vpasswd");

    private string Database => _tree.File(Domain, "vpasswd.cdb");

    private string LockFile => _tree.File(Domain, ".vpasswd.lock");

    public async Task InitializeAsync()
    {
        // The last line has no line end, which must stay so.
        await _tree.AddDomainAsync(Domain, John + Mary + Fixed);
        await _tree.CompileUsersAsync();
        await ProcessRunner.RunOrThrowAsync(["chown", "61234:61235", _tree.File(Domain, ""), Text, Database]);
        await ProcessRunner.RunOrThrowAsync(["chmod", "0640", Text, Database]);
        _module = ModuleRegistry.Create("authvchkpw", TestServices.Create("/nowhere", _log.Log, _blocking, _tree.Ini))!;
    }

    public Task DisposeAsync() => _module.DisposeAsync().AsTask();

    public void Dispose()
    {
        _blocking.Dispose();
        _tree.Dispose();
    }

    [Fact]
    public async Task Both_files_have_the_new_password_and_the_rest_as_it_was()
    {
        Assert.Equal(AuthOutcome.Changed, await ChangeAsync("john"));

        string[] lines = (await File.ReadAllTextAsync(Text)).Split('\n', 2);
        Assert.Equal(Mary + Fixed, lines[1]);
        string[] fields = lines[0].Split(':');
        Assert.Equal($"john:{fields[1]}:1:0:John:/j:NOQUOTA:new word", lines[0]);
        Assert.StartsWith("$6$", fields[1], StringComparison.Ordinal);
        Assert.Equal(lines[0]["john:".Length..], await VpopmailTree.QueryAsync(Database, "john"));
        Assert.Equal(Mary.TrimEnd()["mary:".Length..], await VpopmailTree.QueryAsync(Database, "mary"));

        Assert.Equal(Verdict.Accept, await LogInAsync("john", "new word"));
        Assert.Equal(Verdict.Reject, await LogInAsync("john", "password"));
        foreach (string file in (string[])[Text, Database])
        {
            Assert.Equal(new FileOwner(61234, 61235, (UnixFileMode)Convert.ToInt32("640", 8)), FileOwner.Of(file));
        }

        Assert.Equal(61234u, FileOwner.Of(LockFile)?.Uid);
        Assert.Equal(3, Directory.GetFiles(_tree.File(Domain, "")).Length);
    }

    [Fact]
    public async Task Of_several_passwords_each_changes_alone_and_the_clear_text_with_its_own()
    {
        await _tree.AddDomainAsync(
            "several.example", $"john:{Hash} {{SHA}}9r5sqRCYTvBaI3oYDUZM64hHwUo=:1:0:John:/j:NOQUOTA:password\n");
        await _tree.CompileUsersAsync();
        await using IAuthModule module = ModuleRegistry.Create(
            "authvchkpw", TestServices.Create("/nowhere", _log.Log, _blocking, _tree.Ini + "[passwords]\nhashes = 2\n"))!;
        RequestContext context = new("imap");
        string text = _tree.File("several.example", "vpasswd");

        Assert.Equal(
            AuthOutcome.Changed, await module.ChangePasswordAsync(new PasswordChange(context, "john@several.example", "phone", "new"), default));
        Assert.Matches(@"^john:\$1\$\S+ {SSHA}\S+:1:0:John:/j:NOQUOTA:password\n$", await File.ReadAllTextAsync(text));
        Assert.Equal(
            AuthOutcome.Changed, await module.ChangePasswordAsync(new PasswordChange(context, "john@several.example", "password", "word"), default));
        Assert.Matches(@"^john:\$6\$\S+ {SSHA}\S+:1:0:John:/j:NOQUOTA:word\n$", await File.ReadAllTextAsync(text));
    }

    [Fact]
    public async Task A_password_that_the_clear_field_cannot_hold_leaves_none_behind()
    {
        Assert.Equal(AuthOutcome.Changed, await ChangeAsync("john", newPassword: "with:colon"));
        Assert.EndsWith(":NOQUOTA:", (await File.ReadAllLinesAsync(Text))[0], StringComparison.Ordinal);
        Assert.Equal(Verdict.Accept, await LogInAsync("john", "with:colon"));
    }

    [Theory]
    [InlineData("john", "wrong", Verdict.Reject)]
    [InlineData("fixed", "password", Verdict.Reject)]
    [InlineData("nosuch", "password", Verdict.Reject)]
    public async Task What_is_refused_changes_nothing(string user, string oldPassword, Verdict verdict)
    {
        Assert.Equal(verdict, (await ChangeAsync(user, oldPassword)).Verdict);
        await AssertUnchangedAsync();
    }

    [Fact]
    public async Task Changes_at_the_same_time_are_all_kept()
    {
        await Task.WhenAll(ChangeAsync("john", newPassword: "one"), ChangeAsync("mary", newPassword: "two"));
        Assert.Equal(Verdict.Accept, await LogInAsync("john", "one"));
        Assert.Equal(Verdict.Accept, await LogInAsync("mary", "two"));
    }

    [Fact]
    public async Task It_waits_for_whoever_has_vpopmails_lock()
    {
        await using Conversation holder = new(["python3", "-c", Holder, LockFile], new Dictionary<string, string>());
        await holder.ReadToAsync("held");
        using CancellationTokenSource soon = new(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ChangeAsync("john", cancel: soon.Token));
        await AssertUnchangedAsync();

        Task<AuthOutcome> change = ChangeAsync("john");
        await holder.EndAsync();
        Assert.Equal(AuthOutcome.Changed, await change);
    }

    [Fact]
    public async Task A_database_that_cannot_be_written_leaves_both_as_they_were()
    {
        Directory.CreateDirectory(Path.Combine(Database + ".authd", "x"));

        Assert.Equal(AuthOutcome.TempFail(Reasons.FileUnusable), await ChangeAsync("john"));

        Directory.Delete(Database + ".authd", recursive: true);
        await AssertUnchangedAsync();
        Assert.Single(_log.All, line => line.StartsWith("Err authvchkpw: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Files_that_disagree_are_left_alone()
    {
        await File.WriteAllTextAsync(Text, Mary);
        Assert.Equal(AuthOutcome.TempFail(Reasons.FileUnusable), await ChangeAsync("john"));
        Assert.Equal(Mary, await File.ReadAllTextAsync(Text));
    }

    private async Task AssertUnchangedAsync()
    {
        Assert.Equal(John + Mary + Fixed, await File.ReadAllTextAsync(Text));
        Assert.Equal(John.TrimEnd()["john:".Length..], await VpopmailTree.QueryAsync(Database, "john"));
        Assert.False(File.Exists(Text + ".authd"));
    }

    private Task<AuthOutcome> ChangeAsync(
        string user, string oldPassword = "password", string newPassword = "new word", CancellationToken cancel = default) =>
        _module.ChangePasswordAsync(
            new PasswordChange(new RequestContext("imap"), $"{user}@{Domain}", oldPassword, newPassword), cancel).AsTask();

    private async Task<Verdict> LogInAsync(string user, string password) => (await _module.AuthenticateAsync(
        new AuthRequest(new RequestContext("imap"), "login", $"{user}@{Domain}\n{password}\n"),
        CancellationToken.None)).Verdict;
}
