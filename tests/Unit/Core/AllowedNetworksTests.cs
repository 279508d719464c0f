// allow_nets: whom the option lets in, and what becomes of a list that cannot be read.
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Protocol;
using Xunit;

namespace Authd.Tests.Unit.Core;

public sealed class AllowedNetworksTests
{
    private const string Both = "disableimap=0,allow_nets=192.0.2.0/24;2001:db8::/32 198.51.100.7,sharedgroup=a";

    private readonly LogLines _lines = new(debugLevel: 0);

    [Theory]
    [InlineData(Both, "192.0.2.200", true)]
    [InlineData(Both, "::ffff:192.0.2.200", true)]
    [InlineData(Both, "2001:db8:7::1", true)]
    [InlineData(Both, "198.51.100.7", true)]
    [InlineData(Both, "198.51.100.8", false)]
    [InlineData(Both, "::1", false)]
    [InlineData(Both, "unknown", false)]
    [InlineData(Both, "", false)]
    [InlineData(Both, null, false)]
    [InlineData("allow_nets=local", null, true)]
    [InlineData("allow_nets=local", "", true)]
    [InlineData("allow_nets=local", "127.0.0.1", false)]
    [InlineData("allow_nets=local", "local", false)]
    [InlineData("allow_nets=127.0.0.0/8 local", "127.0.0.1", true)]
    [InlineData("allow_nets=::ffff:192.0.2.0/120", "192.0.2.9", true)]
    [InlineData("allow_nets=::ffff:192.0.2.0/120", "192.0.3.9", false)]
    [InlineData("allow_nets=::ffff:192.0.2.9", "::ffff:192.0.2.9", true)]
    [InlineData("allow_nets=192.0.2.77/24", "192.0.2.1", true)]
    [InlineData("allow_nets=0.0.0.0/0", "2001:db8::1", false)]
    [InlineData("allow_nets=0.0.0.0/0", "203.0.113.1", true)]
    [InlineData("allow_nets=::/0", "203.0.113.1", false)]
    // The first one counts, and nothing behind a comma belongs to it.
    [InlineData("allow_nets=192.0.2.1,allow_nets=192.0.2.2", "192.0.2.2", false)]
    [InlineData("allow_nets=192.0.2.1,192.0.2.2", "192.0.2.2", false)]
    // Empty, bare and another name restrict nobody.
    [InlineData("allow_nets=", "203.0.113.1", true)]
    [InlineData("allow_nets= ;", null, true)]
    [InlineData("allow_nets", null, true)]
    [InlineData("allow_nets2=192.0.2.1", "203.0.113.1", true)]
    [InlineData(null, null, true)]
    [InlineData("", null, true)]
    public async Task Logins_count_from_where_the_option_says(string? options, string? address, bool admitted)
    {
        AuthOutcome outcome = await LogInAsync(options, address);
        Assert.Equal(admitted ? (Verdict.Accept, null) : (Verdict.Reject, Reasons.AddressNotAllowed), (outcome.Verdict, outcome.Reason));
        Assert.Equal(!admitted, outcome.IsFailedGuess);
    }

    [Theory]
    [InlineData("10/8")]
    [InlineData("192.0.2")]
    [InlineData("192.0.2.0/33")]
    [InlineData("192.0.2.0/255.255.255.0")]
    [InlineData("mail.example.com")]
    [InlineData("LOCAL")]
    [InlineData("2001:db8::/129")]
    [InlineData("*")]
    public async Task A_list_that_cannot_be_read_lets_nobody_in_and_is_told_with_user_and_option(string word)
    {
        foreach (string address in new[] { "192.0.2.1", "203.0.113.1" })
        {
            AuthOutcome outcome = await LogInAsync($"allow_nets=192.0.2.1 {word}", address);
            Assert.Equal((Verdict.Reject, Reasons.BadAllowedNetworks), (outcome.Verdict, outcome.Reason));
        }

        Assert.Equal(
            $"Warn 'john' cannot log in: '{word}' in its option allow_nets=192.0.2.1 {word} is neither a network nor an address nor "
                + "local; several have blanks or semicolons between them",
            Assert.Single(_lines.All, static line => line.StartsWith("Warn", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("disableimap=1", false)]
    [InlineData("allow_nets=203.0.113.0/24", true)]
    [InlineData("allow_nets=", true)]
    public async Task DEFAULTOPTIONS_count_for_accounts_without_one_of_their_own(string? options, bool admitted) => Assert.Equal(
        admitted ? Verdict.Accept : Verdict.Reject,
        (await LogInAsync(options, "203.0.113.1", "disablewebmail=1,allow_nets=192.0.2.0/24")).Verdict);

    /// <summary>A second module that has the same name and password is no way around it.</summary>
    [Fact]
    public async Task No_further_module_is_asked()
    {
        ModuleChain chain = new([new OneAccount("allow_nets=192.0.2.1"), new OneAccount(null)], _lines.Log);
        Assert.Equal(Reasons.AddressNotAllowed, (await chain.AuthenticateAsync(Login("203.0.113.1"), default)).Reason);
        Assert.Equal(
            "Info LOGIN FAILED, user=john, ip=[203.0.113.1], service=imap, module=authone, reason=address not in allow_nets",
            Assert.Single(_lines.All));
    }

    [Fact]
    public async Task Lookups_and_password_changes_are_not_judged()
    {
        ModuleChain chain = new([new OneAccount("allow_nets=192.0.2.1")], _lines.Log);
        RequestContext context = new("imap", "203.0.113.1");
        Assert.Equal(Verdict.Accept, (await chain.LookupAsync(new ClientRequest.Pre(".", new LookupRequest(context, "john")), default)).Verdict);
        Assert.Equal(Verdict.Accept, (await chain.ChangePasswordAsync(new PasswordChange(context, "john", "a", "b"), default)).Verdict);
    }

    private ValueTask<AuthOutcome> LogInAsync(string? options, string? address, string defaults = "") =>
        new ModuleChain([new OneAccount(options)], _lines.Log) { Networks = Networks(defaults) }.AuthenticateAsync(Login(address), default);

    private AllowedNetworks Networks(string defaults) =>
        _networks.TryGetValue(defaults, out AllowedNetworks? made) ? made : _networks[defaults] = new AllowedNetworks(defaults, _lines.Log);

    private readonly Dictionary<string, AllowedNetworks> _networks = [];

    private static AuthRequest Login(string? address) => new(new RequestContext("imap", address), "login", "john\nsecret\n");

    private sealed class OneAccount(string? options) : IAuthModule
    {
        private readonly AuthOutcome _found = AuthOutcome.Accept(new Account { Home = "/home/john", Uid = 1, Options = options });

        public string Name => "authone";

        public ValueTask<AuthOutcome> LookupAsync(LookupRequest request, CancellationToken cancel) => new(_found);

        public ValueTask<AuthOutcome> AuthenticateAsync(AuthRequest request, CancellationToken cancel) => new(_found);

        public ValueTask<AuthOutcome> ChangePasswordAsync(PasswordChange request, CancellationToken cancel) => new(AuthOutcome.Changed);

        public IAsyncEnumerable<Account>? EnumerateAsync(CancellationToken cancel) => null;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
