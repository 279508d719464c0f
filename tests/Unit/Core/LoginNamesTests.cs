// [names]: one name of many ways to write it, wherever it travels.
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Core.Protocol;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Unit.Core;

public sealed class LoginNamesTests
{
    private const string All = "trim = yes\nlower-case = yes\ntranslate = #@%.\ncharacters = a-z0-9.@_-\n";

    private readonly LogLines _lines = new(debugLevel: 1);

    [Theory]
    [InlineData("", " John ", " John ")]
    [InlineData("", "", "")]
    [InlineData("trim = yes", " \tJohn Q \t", "John Q")]
    [InlineData("trim = no", " John ", " John ")]
    [InlineData("trim = yes", " ", null)]
    [InlineData("trim = yes", "", null)]
    [InlineData("lower-case = yes", "JOHN@Example.COM", "john@example.com")]
    [InlineData("lower-case = yes", "M\u00c3\u0084X", "m\u00c3\u0084x")]
    [InlineData("lower-case = yes", "x\u00c4", "x\u00c4")]
    [InlineData("translate = #@/@", "john#example/com", "john@example@com")]
    [InlineData("translate = abba", "abab", "baba")]
    [InlineData("translate = aB\nlower-case = yes", "aA", "ba")]
    [InlineData("characters = a-c", "abc", "abc")]
    [InlineData("characters = a-c", "abcd", null)]
    [InlineData("characters = a-c", "a-c", null)]
    [InlineData("characters = a-c", "A", null)]
    [InlineData("characters = a-c-e", "abc-e", "abc-e")]
    [InlineData("characters = a-c-e", "d", null)]
    [InlineData("characters = a-c-", "-", "-")]
    [InlineData("characters = c-a", "b", null)]
    [InlineData("characters = c-a", "c-a", "c-a")]
    [InlineData("characters = abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01234567890.-_@", "A.-_@0", "A.-_@0")]
    [InlineData("characters = abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01234567890.-_@", "a/b", null)]
    [InlineData("characters = a b", "a b", "a b")]
    [InlineData("characters = a\u00e4", "a\u00c3\u00a4", "a\u00c3\u00a4")]
    [InlineData("characters = a\u00e4", "\u00e4", null)]
    [InlineData(All, " JOHN#Example%com", "john@example.com")]
    [InlineData(All, "john'--", null)]
    [InlineData(All, "john\0", null)]
    public void A_name_becomes_what_modules_are_asked_for(string settings, string sent, string? known) =>
        Assert.Equal(known, Names(settings).Of(sent));

    [Theory]
    [InlineData("translate = abc")]
    [InlineData("translate = abac")]
    [InlineData("translate = a\u00e4")]
    [InlineData("translate = a b")]
    [InlineData("lower-case = maybe")]
    [InlineData("trim = 1")]
    public void A_setting_that_cannot_be_is_an_error_that_names_it(string setting)
    {
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => Names(setting));
        Assert.Contains($"[names] {setting.Split(' ')[0]} must be", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_request_asks_for_the_same_name()
    {
        Recorder module = new();
        ModuleChain chain = Chain(module, All);
        RequestContext context = new("imap", "192.0.2.7");
        await chain.LookupAsync(new ClientRequest.Pre(".", new LookupRequest(context, " John#Example.com")), default);
        await chain.AuthenticateAsync(new AuthRequest(context, "login", "\nJOHN%x\nS#cret \nmore\n"), default);
        await chain.ChangePasswordAsync(new PasswordChange(context, "JOHN", "Old#", "New#"), default);
        Assert.Equal(["PRE john@example.com", "AUTH john.x\nS#cret \nmore\n", "PASSWD john Old# New#"], module.Asked);
    }

    [Theory]
    [InlineData("cram-md5", " John Q", "john q")]
    [InlineData("cram-sha1", "JOHN", "john")]
    [InlineData("cram-sha256", "john", "john")]
    public async Task The_name_inside_a_response_is_replaced_and_its_digest_is_right_as_before(string type, string sent, string known)
    {
        Recorder module = new();
        string request = Requests.Cram(type, sent, "secret", "<1.2@x>");
        string data = request[(request.IndexOf(type, StringComparison.Ordinal) + type.Length + 1)..];
        await Chain(module, "trim = yes\nlower-case = yes")
            .AuthenticateAsync(new AuthRequest(new RequestContext("imap"), type, data), default);
        AuthRequest asked = Assert.Single(module.Logins);
        Assert.True(CramData.TryParse(asked, Log.None, out CramData? cram));
        Assert.Equal(known, cram.User);
        Assert.True(HmacKey.MatchesPassword(cram, "secret", Log.None));
        if (sent == known)
        {
            Assert.Equal(data, asked.AuthData);
        }
    }

    [Fact]
    public async Task A_name_that_is_not_allowed_is_rejected_without_a_module_and_told()
    {
        Recorder module = new();
        ModuleChain chain = Chain(module, All);
        RequestContext context = new("imap", "192.0.2.7");
        AuthOutcome[] outcomes =
        [
            await chain.LookupAsync(new ClientRequest.Pre(".", new LookupRequest(context, "jo'hn")), default),
            await chain.AuthenticateAsync(new AuthRequest(context, "login", "jo'hn\nx\n"), default),
            await chain.AuthenticateAsync(new AuthRequest(context, "login", "   \njohn\nx\n"), default),
            await chain.ChangePasswordAsync(new PasswordChange(context, "jo'hn", "a", "b"), default),
        ];
        Assert.All(outcomes, static outcome => Assert.Equal(
            (Verdict.Reject, Reasons.NameNotAllowed, true), (outcome.Verdict, outcome.Reason, outcome.IsFailedGuess)));
        Assert.Empty(module.Asked);
        Assert.Equal(
            "Info LOGIN FAILED, user=jo'hn, ip=[192.0.2.7], service=imap, module=none, reason=name with a character that is not allowed",
            _lines.All[^1]);
        Assert.Equal(3, _lines.All.Count(static line => line.Contains("LOGIN FAILED", StringComparison.Ordinal)));
    }

    /// <summary>The modules, authpipe's program among them, judge what the daemon cannot read.</summary>
    [Theory]
    [InlineData("login", "")]
    [InlineData("cram-md5", "no challenge")]
    [InlineData("EXTERNAL", "JOHN\n")]
    public async Task A_request_without_a_name_stays_as_it_is(string type, string data)
    {
        Recorder module = new();
        await Chain(module, All).AuthenticateAsync(new AuthRequest(new RequestContext("imap"), type, data), default);
        Assert.Equal(data, Assert.Single(module.Logins).AuthData);
    }

    private static LoginNames Names(string settings) => LoginNames.Read(DaemonIni.Parse("x.ini", $"[names]\n{settings}\n"));

    private ModuleChain Chain(Recorder module, string settings) => new([module], _lines.Log) { Names = Names(settings) };

    /// <summary>Rejects, and remembers what it was asked.</summary>
    private sealed class Recorder : IAuthModule
    {
        public List<string> Asked { get; } = [];

        public List<AuthRequest> Logins { get; } = [];

        public string Name => "authone";

        public ValueTask<AuthOutcome> LookupAsync(LookupRequest request, CancellationToken cancel) => Note($"PRE {request.User}");

        public ValueTask<AuthOutcome> AuthenticateAsync(AuthRequest request, CancellationToken cancel)
        {
            Logins.Add(request);
            return Note($"AUTH {request.AuthData}");
        }

        public ValueTask<AuthOutcome> ChangePasswordAsync(PasswordChange request, CancellationToken cancel) =>
            Note($"PASSWD {request.User} {request.OldPassword} {request.NewPassword}");

        public IAsyncEnumerable<Account>? EnumerateAsync(CancellationToken cancel) => null;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private ValueTask<AuthOutcome> Note(string what)
        {
            Asked.Add(what);
            return new(AuthOutcome.Reject(Reasons.WrongPassword));
        }
    }
}
