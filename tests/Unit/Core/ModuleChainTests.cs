// The chain: order, the modules asked, the effects of the three verdicts, and the line of a failed login.
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Passwords;
using Authd.Core.Protocol;
using Xunit;

namespace Authd.Tests.Unit.Core;

public sealed class ModuleChainTests
{
    private static readonly Account John = new() { Home = "/home/john", Uid = 1000, Address = "john" };
    private static readonly LookupRequest Lookup = new(new RequestContext("imap"), "john");
    private static readonly AuthRequest Login = new(new RequestContext("imap", "192.0.2.7"), "login", "john\nsecret\n");

    private readonly LogLines _lines = new(debugLevel: 1);

    [Fact]
    public async Task The_first_module_that_accepts_ends_the_chain()
    {
        ScriptedModule first = new("authone", AuthOutcome.Reject(Reasons.UnknownUser));
        ScriptedModule second = new("authtwo", AuthOutcome.Accept(John));
        ScriptedModule third = new("authsix", AuthOutcome.Accept(John));

        AuthOutcome outcome = await Chain(first, second, third).LookupAsync(new ClientRequest.Pre(".", Lookup), default);

        Assert.Same(John, outcome.Account);
        Assert.Equal((1, 1, 0), (first.Asked, second.Asked, third.Asked));
        Assert.Equal(
            [
                "Debug received userid lookup request: john",
                "Debug authone: trying this module",
                "Debug authone: REJECT - try next module",
                "Debug authtwo: trying this module",
            ],
            _lines.All);
    }

    [Fact]
    public async Task A_selector_asks_only_the_module_of_that_name()
    {
        ScriptedModule first = new("authone", AuthOutcome.Accept(John));
        ScriptedModule second = new("authtwo", AuthOutcome.Reject(Reasons.UnknownUser));
        ModuleChain chain = Chain(first, second);

        Assert.Equal(Verdict.Reject, (await chain.LookupAsync(new ClientRequest.Pre("authtwo", Lookup), default)).Verdict);
        Assert.Equal(Verdict.Reject, (await chain.LookupAsync(new ClientRequest.Pre("authnone", Lookup), default)).Verdict);
        Assert.Equal((0, 1), (first.Asked, second.Asked));
    }

    /// <summary>No module was asked, so the daemon must not say that the
    /// user does not exist: mail for the user would bounce.</summary>
    [Fact]
    public async Task Where_only_missing_modules_are_listed_every_request_fails_for_the_time_being()
    {
        foreach (IAuthModule[] modules in (IAuthModule[][])
            [[], [new MissingModule("authnone")], [new MissingModule("a"), new ScriptedModule("b", AuthOutcome.Reject(Reasons.PassedOver))]])
        {
            ModuleChain chain = Chain(modules);
            Assert.Equal(Verdict.TempFail, (await chain.LookupAsync(new ClientRequest.Pre(".", Lookup), default)).Verdict);
            Assert.Equal(Verdict.TempFail, (await chain.AuthenticateAsync(Login, default)).Verdict);
            Assert.Equal(Verdict.TempFail, (await chain.ChangePasswordAsync(
                new PasswordChange(new RequestContext("imap"), "john", "a", "b"), default)).Verdict);
        }
    }

    [Theory]
    [InlineData(Reasons.UnknownUser)]
    [InlineData(Reasons.Unsupported)]
    [InlineData(Reasons.WrongPassword)]
    public async Task A_missing_module_beside_others_is_passed_over(string reason)
    {
        ScriptedModule there = new("authone", AuthOutcome.Reject(reason));
        foreach (ModuleChain chain in (ModuleChain[])
            [Chain(new MissingModule("authnone"), there), Chain(there, new MissingModule("authnone"))])
        {
            AuthOutcome outcome = await chain.AuthenticateAsync(Login, default);
            Assert.Equal((Verdict.Reject, reason), (outcome.Verdict, outcome.Reason));
            Assert.Equal(Verdict.TempFail, (await chain.LookupAsync(new ClientRequest.Pre("authnone", Lookup), default)).Verdict);
            Assert.Equal(Verdict.Reject, (await chain.LookupAsync(new ClientRequest.Pre("authother", Lookup), default)).Verdict);
        }
    }

    [Fact]
    public async Task A_module_listed_twice_is_asked_twice()
    {
        ScriptedModule module = new("authone", AuthOutcome.Reject(Reasons.UnknownUser));
        await Chain(module, module).AuthenticateAsync(Login, default);
        Assert.Equal(2, module.Asked);
    }

    [Fact]
    public async Task A_temporary_failure_stops_the_chain()
    {
        ScriptedModule first = new("authone", AuthOutcome.TempFail(Reasons.BackendAway));
        ScriptedModule second = new("authtwo", AuthOutcome.Accept(John));

        AuthOutcome outcome = await Chain(first, second).AuthenticateAsync(Login, default);

        Assert.Equal(Verdict.TempFail, outcome.Verdict);
        Assert.Equal(0, second.Asked);
        Assert.Contains("Debug authone: TEMPFAIL - no more modules will be tried", _lines.All);
        Assert.Equal(
            "Info LOGIN FAILED, user=john, ip=[192.0.2.7], service=imap, module=authone, reason=back end away",
            _lines.All[^1]);
    }

    [Fact]
    public async Task What_a_module_throws_is_a_temporary_failure_with_an_error_line()
    {
        ScriptedModule broken = new("authone", () => throw new InvalidOperationException("oh dear"));
        Assert.Equal(Verdict.TempFail, (await Chain(broken).AuthenticateAsync(Login, default)).Verdict);
        Assert.Contains(_lines.All, static line => line.StartsWith("Err authone: internal error", StringComparison.Ordinal)
            && line.Contains("oh dear", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_hash_that_cannot_be_checked_here_is_a_temporary_failure_without_a_second_error_line()
    {
        ScriptedModule module = new("authone", () => throw new UnverifiablePasswordException(new DllNotFoundException("libx")));

        AuthOutcome outcome = await Chain(module).AuthenticateAsync(Login, default);

        Assert.Equal(AuthOutcome.TempFail(Reasons.Configuration), outcome);
        Assert.DoesNotContain(_lines.All, static line => line.StartsWith("Err ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_request_past_its_time_is_a_temporary_failure()
    {
        using CancellationTokenSource over = new();
        await over.CancelAsync();
        ScriptedModule slow = new("authone", () => throw new OperationCanceledException(over.Token));
        Assert.Equal(Verdict.TempFail, (await Chain(slow).AuthenticateAsync(Login, over.Token)).Verdict);
        Assert.Contains("Err authone: no answer within the request's time limit", _lines.All);
    }

    [Fact]
    public async Task The_failed_login_line_names_the_module_that_knew_the_user()
    {
        await Chain(
            new ScriptedModule("authone", AuthOutcome.Reject(Reasons.WrongPassword)),
            new ScriptedModule("authtwo", AuthOutcome.Reject(Reasons.UnknownUser))).AuthenticateAsync(Login, default);
        Assert.Equal(
            "Info LOGIN FAILED, user=john, ip=[192.0.2.7], service=imap, module=authone, reason=wrong password",
            _lines.All[^1]);
    }

    [Fact]
    public async Task The_failed_login_line_cannot_be_forged()
    {
        AuthRequest forged = new(new RequestContext("im]ap", "1], ip=[2"), "login", "x, ip=[192.0.2.1]\x01\nguess");
        await Chain().AuthenticateAsync(forged, default);
        Assert.Equal(
            "Info LOGIN FAILED, user=x. ip=.192.0.2.1.., ip=[1.. ip=.2], service=im.ap, module=none, reason=no module to ask, see authmodulelist",
            _lines.All[^1]);
    }

    [Theory]
    [InlineData('x', 255, 8000)]
    [InlineData(' ', 255, 8000)]
    [InlineData('\xff', 256, 4096)]
    [InlineData('"', 1100, 1100)]
    public async Task No_name_and_no_service_pushes_anything_out_of_the_failed_login_line(char c, int shortest, int longest)
    {
        foreach (int length in new[] { shortest, longest })
        {
            AuthRequest hostile = new(
                new RequestContext(new string('s', length), "192.0.2.7"), "login", $"john{new string(c, length)}\nguess");
            await Chain(new ScriptedModule("authone", AuthOutcome.Reject(Reasons.WrongPassword)))
                .AuthenticateAsync(hostile, default);
            Assert.Matches(
                "^Info LOGIN FAILED, user=john[^,]{248}\\.\\.\\., ip=\\[192\\.0\\.2\\.7\\], service=s{61}\\.\\.\\., module=authone, "
                + "reason=wrong password$",
                _lines.All[^1]);
        }
    }

    [Fact]
    public async Task A_name_as_long_as_an_address_may_be_is_not_cut()
    {
        string name = new('x', 255);
        await Chain().AuthenticateAsync(new(new RequestContext("imap", "192.0.2.7"), "login", $"{name}\nguess"), default);
        Assert.Equal(
            $"Info LOGIN FAILED, user={name}, ip=[192.0.2.7], service=imap, module=none, reason=no module to ask, see authmodulelist", _lines.All[^1]);
    }

    [Fact]
    public async Task A_failed_password_change_leaves_the_line_of_a_failed_login()
    {
        PasswordChange change = new(new("imap", "192.0.2.7"), "john" + new string(' ', 1100), "old", "new");
        await Chain(
            new ScriptedModule("authone", AuthOutcome.Reject(Reasons.WrongPassword)),
            new ScriptedModule("authtwo", AuthOutcome.Reject(Reasons.UnknownUser))).ChangePasswordAsync(change, default);
        Assert.Matches(
            "^Info LOGIN FAILED, user=john {248}\\.\\.\\., ip=\\[192\\.0\\.2\\.7\\], service=imap, module=authone, reason=wrong password$",
            Assert.Single(_lines.All));

        await Chain(new ScriptedModule("authone", AuthOutcome.TempFail(Reasons.BackendAway)))
            .ChangePasswordAsync(change, default);
        Assert.EndsWith(", module=authone, reason=back end away", _lines.All[^1], StringComparison.Ordinal);

        await Chain(new ScriptedModule("authone", AuthOutcome.Changed)).ChangePasswordAsync(change, default);
        Assert.Equal(2, _lines.All.Count);
    }

    [Theory]
    [InlineData(Verdict.Accept, true)]
    [InlineData(Verdict.TempFail, false)]
    [InlineData(Verdict.Reject, true)]
    public async Task A_password_change_goes_on_only_after_a_rejection(Verdict first, bool changed)
    {
        ScriptedModule one = new("authone", first switch
        {
            Verdict.Accept => AuthOutcome.Changed,
            Verdict.TempFail => AuthOutcome.TempFail(Reasons.BackendAway),
            _ => AuthOutcome.Reject(Reasons.UnknownUser),
        });
        ScriptedModule two = new("authtwo", AuthOutcome.Changed);

        AuthOutcome outcome = await Chain(one, two).ChangePasswordAsync(new(new("imap"), "john", "old", "new"), default);
        Assert.Equal(changed, outcome.Verdict == Verdict.Accept);
        Assert.Equal(first == Verdict.Reject ? 1 : 0, two.Asked);
    }

    [Fact]
    public async Task An_observer_hears_of_accepted_logins_and_of_nothing_else()
    {
        ScriptedModule accepting = new("authone", AuthOutcome.Accept(John));
        Listener listener = new();
        ModuleChain chain = new([accepting], _lines.Log, false, listener);

        await chain.LookupAsync(new ClientRequest.Pre(".", Lookup), default);
        await chain.ChangePasswordAsync(new(new("imap"), "john", "old", "new"), default);
        Assert.Empty(listener.Heard);
        await chain.AuthenticateAsync(Login, default);
        Assert.Equal([Login.Context], listener.Heard);

        foreach (AuthOutcome other in new[] { AuthOutcome.Reject(Reasons.WrongPassword),
            AuthOutcome.TempFail(Reasons.BackendAway) })
        {
            await new ModuleChain([new ScriptedModule("authone", other)], _lines.Log, false, listener).AuthenticateAsync(
                Login, default);
        }

        Assert.Single(listener.Heard);
    }

    private ModuleChain Chain(params IAuthModule[] modules) => new(modules, _lines.Log);

    private sealed class Listener : ILoginObserver
    {
        public List<RequestContext> Heard { get; } = [];

        public void Accepted(RequestContext context) => Heard.Add(context);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>Always gives the same answer.</summary>
    private sealed class ScriptedModule(string name, Func<AuthOutcome> answer) : IAuthModule
    {
        internal ScriptedModule(string name, AuthOutcome answer) : this(name, () => answer) { }

        public int Asked { get; private set; }

        public string Name => name;

        public ValueTask<AuthOutcome> LookupAsync(LookupRequest request, CancellationToken cancel) => Answer();

        public ValueTask<AuthOutcome> AuthenticateAsync(AuthRequest request, CancellationToken cancel) => Answer();

        public ValueTask<AuthOutcome> ChangePasswordAsync(PasswordChange request, CancellationToken cancel) => Answer();

        public IAsyncEnumerable<Account>? EnumerateAsync(CancellationToken cancel) => null;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private ValueTask<AuthOutcome> Answer()
        {
            Asked++;
            return new(answer());
        }
    }
}
