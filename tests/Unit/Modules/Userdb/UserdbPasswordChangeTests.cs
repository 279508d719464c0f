// PASSWD for authuserdb: the fields that change, their file, and that nothing else does.
using System.Text.RegularExpressions;
using Authd.Core;
using Authd.Core.Passwords;
using Authd.Core.Protocol;
using Authd.Linux.Files;
using Authd.Modules;
using Authd.Modules.Userdb;
using Authd.Tests.Support;
using Authd.Tests.Unit.Core;
using Xunit;

namespace Authd.Tests.Unit.Modules.Userdb;

public sealed class UserdbPasswordChangeTests : IAsyncLifetime, IDisposable
{
    private const string Old = "password";
    private const string New = "n=e|w'\"\u00e4";
    private const string Hash = "{SSHA}2D7DXcHaxkWxjlTTFhTzbi4Z/sdhYmNk";
    private const string Cheap = "$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm";

    private static readonly string Md5 = HmacKey.FromPassword(CramHash.Md5, Old);
    private static readonly string Sha1 = HmacKey.FromPassword(CramHash.Sha1, Old);
    private static readonly string NewMd5 = HmacKey.FromPassword(CramHash.Md5, New);
    private static readonly string NewSha1 = HmacKey.FromPassword(CramHash.Sha1, New);

    private readonly UserdbFiles _files = new();
    private readonly LogLines _log = new(debugLevel: 1);
    private readonly BlockingWork _blocking = new(2);
    private readonly IAuthModule _module;

    public UserdbPasswordChangeTests()
    {
        _module = ModuleRegistry.Create("authuserdb", TestServices.Create(_files.ConfigDirectory, _log.Log, _blocking))!;
    }

    private string TextPath => Path.Combine(_files.ConfigDirectory, "userdb");

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _module.DisposeAsync().AsTask();

    public void Dispose()
    {
        _blocking.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task Hash_and_keys_change_together_and_nothing_else()
    {
        string before = "# comment\n\nother\tuid=2|gid=2|home=/h|systempw=x\n";
        string after = $"\n#john@example.com\tsystempw={Hash}\r\nlast\tuid=3";
        _files.Make(
            $"{before}john@example.com\tuid=1|systempw={Hash}|gid=1||home=/h|hmac-md5pw={Md5}|hmac-sha1pw=stale{after}");

        Assert.Equal(AuthOutcome.Changed, await Change("john@example.com"));

        string text = Text();
        Match line = Regex.Match(
            text, @"\njohn@example\.com\tuid=1\|systempw=(\{SSHA\}[^|]{32})\|gid=1\|\|home=/h\|hmac-md5pw=(\w+)\|hmac-sha1pw=(\w+)\n");
        Assert.Equal(before + line.Value[1..^1] + after, text);
        Assert.NotEqual(Hash, line.Groups[1].Value);
        Assert.Equal((NewMd5, NewSha1), (line.Groups[2].Value, line.Groups[3].Value));
        Assert.Equal(Verdict.Accept, await LogIn("john@example.com", New));
        Assert.Equal(Verdict.Reject, await LogIn("john@example.com", Old));
        Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(TextPath));
    }

    /// <summary>A key is made of one of the passwords, and belongs to that alone.</summary>
    [Fact]
    public async Task Of_several_passwords_each_changes_alone_and_the_key_with_its_own()
    {
        const string phone = "{SHA}9r5sqRCYTvBaI3oYDUZM64hHwUo=";
        _files.Make($"u\tuid=1|gid=1|home=/h|systempw={Hash} {phone}|hmac-md5pw={Md5}\n");
        await using IAuthModule module = ModuleRegistry.Create(
            "authuserdb", TestServices.Create(_files.ConfigDirectory, _log.Log, _blocking, "[passwords]\nhashes = 2\n"))!;
        RequestContext context = new("imap");

        Assert.Equal(AuthOutcome.Changed, await module.ChangePasswordAsync(new PasswordChange(context, "u", "phone", "telephone"), default));
        UserdbFields fields = new(UserdbText.Find(File.ReadAllBytes(TextPath), "u")!);
        Assert.StartsWith($"{Hash} {{SSHA}}", fields.Get("systempw"), StringComparison.Ordinal);
        Assert.Equal(Md5, fields.Get("hmac-md5pw"));

        Assert.Equal(AuthOutcome.Changed, await module.ChangePasswordAsync(new PasswordChange(context, "u", Old, New), default));
        UserdbFields now = new(UserdbText.Find(File.ReadAllBytes(TextPath), "u")!);
        Assert.EndsWith(fields.Get("systempw")![Hash.Length..], now.Get("systempw"), StringComparison.Ordinal);
        Assert.NotEqual(fields.Get("systempw"), now.Get("systempw"));
        Assert.Equal(NewMd5, now.Get("hmac-md5pw"));
    }

    [Fact]
    public async Task A_services_own_password_and_keys_change_and_not_the_general_ones()
    {
        string upper = Md5.ToUpperInvariant();
        _files.Make(
            $"u\tuid=1|gid=1|home=/h|systempw={Hash}|imappw={Hash}|hmac-md5pw=other|imap-hmac-md5pw=stale|imap-hmac-sha1pw={Sha1}"
            + $"|pop3-hmac-md5pw={upper}|hmac-sha1pw={Sha1.ToUpperInvariant()}\n");

        Assert.Equal(AuthOutcome.Changed, await Change("u"));

        UserdbFields fields = new(UserdbText.Find(File.ReadAllBytes(TextPath), "u")!);
        Assert.Equal(Hash, fields.Get("systempw"));
        Assert.NotEqual(Hash, fields.Get("imappw"));
        // Another password's key stays; keys that belong to imappw follow
        // it; keys of the old password are removed wherever imap reads them.
        Assert.Equal("other", fields.Get("hmac-md5pw"));
        Assert.Equal(NewMd5, fields.Get("imap-hmac-md5pw"));
        Assert.Equal(NewSha1, fields.Get("imap-hmac-sha1pw"));
        Assert.Equal(NewSha1, fields.Get("hmac-sha1pw"));
        Assert.Equal(upper, fields.Get("pop3-hmac-md5pw"));
    }

    [Fact]
    public async Task An_account_with_keys_only()
    {
        _files.Make($"u\tuid=1|gid=1|home=/h|hmac-md5pw={Md5}|hmac-sha1pw=other\n");

        Assert.Equal(AuthOutcome.Changed, await Change("u"));
        Assert.Equal($"u\tuid=1|gid=1|home=/h|hmac-md5pw={NewMd5}|hmac-sha1pw=other\n", Text());
    }

    [Fact]
    public async Task A_weak_hash_becomes_a_strong_one_and_a_strong_one_stays_strong()
    {
        _files.Make($"des\tuid=1|gid=1|home=/h|systempw=abJnggxhB/yWI\nbcrypt\tuid=1|gid=1|home=/h|systempw={Cheap}\n");

        Assert.Equal(AuthOutcome.Changed, await Change("des"));
        Assert.Equal(AuthOutcome.Changed, await Change("bcrypt"));
        Assert.Contains("des\tuid=1|gid=1|home=/h|systempw=$6$", Text(), StringComparison.Ordinal);
        Assert.Contains("bcrypt\tuid=1|gid=1|home=/h|systempw=$2b$10$", Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_right_file_of_a_directory_changes()
    {
        string john = $"john\tuid=1|gid=1|home=/h|systempw={Hash}\n";
        string mary = $"mary\tuid=1|gid=1|home=/h|systempw={Hash}\n";
        _files.MakeFromDirectory(("a", john), ("sub/b", mary));

        Assert.Equal(AuthOutcome.Changed, await Change("mary"));

        Assert.Equal(john, File.ReadAllText(Path.Combine(TextPath, "a")));
        Assert.NotEqual(mary, File.ReadAllText(Path.Combine(TextPath, "sub/b")));
        Assert.Equal(Verdict.Accept, await LogIn("mary", New));
        Assert.Equal(Verdict.Accept, await LogIn("john", Old));
        Assert.Equal(["a", "sub"], Directory.GetFileSystemEntries(TextPath).Select(Path.GetFileName).Order());
        Assert.Equal([".lock.b", "b"],
            Directory.GetFileSystemEntries(Path.Combine(TextPath, "sub")).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData("u", "wrong", Reasons.WrongPassword)]
    [InlineData("nobody", Old, Reasons.UnknownUser)]
    [InlineData("nopw", Old, Reasons.NoPassword)]
    [InlineData("u", "", Reasons.WrongPassword)]
    public async Task What_is_refused_touches_nothing(string user, string old, string reason)
    {
        string text = $"u\tuid=1|gid=1|home=/h|systempw={Hash}|hmac-md5pw={Md5}\nnopw\tuid=1|gid=1|home=/h\n";
        _files.Make(text);
        string[] before = Directory.GetFileSystemEntries(_files.ConfigDirectory);

        Assert.Equal(AuthOutcome.Reject(reason), await Change(user, old));
        Assert.Equal(text, Text());
        Assert.Equal(before, Directory.GetFileSystemEntries(_files.ConfigDirectory));
    }

    [Theory]
    [InlineData("x|y")]
    [InlineData("hmac-md5pw=")]
    public async Task A_service_that_would_name_several_fields_is_refused(string service)
    {
        _files.Make($"u\tuid=1|gid=1|home=/h|systempw={Hash}\n");
        Assert.Equal(AuthOutcome.Reject(Reasons.BadRequest), await Change("u", service: service));
    }

    [Fact]
    public async Task A_text_that_has_been_edited_since_is_not_overwritten()
    {
        _files.Make($"u\tuid=1|gid=1|home=/h|systempw={Hash}\n");
        string edited = "u\tuid=1|gid=1|home=/h|systempw=set by the administrator\n";
        await File.WriteAllTextAsync(TextPath, edited);

        Assert.Equal(AuthOutcome.Reject(Reasons.WrongPassword), await Change("u"));
        Assert.Equal(edited, Text());
        Assert.Contains(_log.All, line => line.StartsWith(
            $"Warn authuserdb: cannot change the password of u: {TextPath} does not have what", StringComparison.Ordinal));
        Assert.Equal(Verdict.Accept, await LogIn("u", Old));
    }

    [Fact]
    public async Task Of_two_changes_at_once_one_succeeds()
    {
        _files.Make($"u\tuid=1|gid=1|home=/h|systempw={Hash}\n");

        AuthOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Change("u", to: $"new{i}").AsTask()));

        int changed = Array.FindIndex(outcomes, outcome => outcome == AuthOutcome.Changed);
        Assert.Single(outcomes, AuthOutcome.Changed);
        Assert.Equal(7, outcomes.Count(outcome => outcome == AuthOutcome.Reject(Reasons.WrongPassword)));
        Assert.Equal(Verdict.Accept, await LogIn("u", $"new{changed}"));
    }

    [Fact]
    public async Task Changes_of_many_accounts_at_once_all_count()
    {
        _files.Make(string.Concat(Enumerable.Range(0, 20).Select(i => $"u{i}\tuid=1|gid=1|home=/h|systempw={Hash}\n")));

        AuthOutcome[] outcomes = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => Change($"u{i}", to: $"new{i}").AsTask()));

        Assert.All(outcomes, outcome => Assert.Equal(AuthOutcome.Changed, outcome));
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(Verdict.Accept, await LogIn($"u{i}", $"new{i}"));
        }
    }

    [Theory]
    [InlineData("mode", "MAY NOT HAVE GROUP OR WORLD PERMISSIONS!!")]
    [InlineData("missing", "not found.")]
    [InlineData("link", "is a symbolic link)")]
    [InlineData("duplicate", "Cannot store record for v - duplicate or out of disk space.")]
    public async Task A_userdb_that_cannot_be_made_fails_and_says_why(string what, string message)
    {
        _files.Make($"u\tuid=1|gid=1|home=/h|systempw={Hash}\n");
        byte[] database = await File.ReadAllBytesAsync(_files.Database);
        switch (what)
        {
            case "mode":
                File.SetUnixFileMode(TextPath, (UnixFileMode)0b110_100_000);
                break;
            case "missing":
                File.Delete(TextPath);
                break;
            case "link":
                File.Move(TextPath, TextPath + "2");
                File.CreateSymbolicLink(TextPath, TextPath + "2");
                break;
            default:
                await File.AppendAllTextAsync(TextPath, "v\ta=1\nv\ta=1\n");
                break;
        }

        Assert.Equal(Verdict.TempFail, (await Change("u")).Verdict);
        string error = Assert.Single(_log.All, line => line.StartsWith("Err ", StringComparison.Ordinal));
        Assert.StartsWith("Err authuserdb: cannot change the password of u: ", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Equal(database, await File.ReadAllBytesAsync(_files.Database));
        Assert.Empty(Directory.GetFiles(_files.ConfigDirectory, "*tmp*"));
    }

    [Fact]
    public async Task Whoever_waits_for_a_lock_holds_up_nobody_else_and_gives_up_at_the_deadline()
    {
        _files.Make($"u\tuid=1|gid=1|home=/h|systempw={Hash}\n");
        using FileLock held = FileLock.Take(TextPath + ".lock", (UnixFileMode)0b110_000_000);
        using CancellationTokenSource deadline = new();

        Task<AuthOutcome>[] waiting =
            [.. Enumerable.Range(0, 5).Select(_ => Change("u", cancel: deadline.Token).AsTask())];
        Assert.Equal(Verdict.Accept, await LogIn("u", Old));
        Assert.DoesNotContain(waiting, task => task.IsCompleted);
        await deadline.CancelAsync();

        foreach (Task<AuthOutcome> task in waiting)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
        }
    }

    private string Text() => WireText.FromBytes(File.ReadAllBytes(TextPath));

    private ValueTask<AuthOutcome> Change(
        string user, string old = Old, string to = New, string service = "imap", CancellationToken cancel = default) =>
        _module.ChangePasswordAsync(new PasswordChange(new RequestContext(service), user, old, to), cancel);

    private async Task<Verdict> LogIn(string user, string password) => (await _module.AuthenticateAsync(
        new AuthRequest(new RequestContext("imap"), "login", $"{user}\n{password}\n"), CancellationToken.None)).Verdict;
}
