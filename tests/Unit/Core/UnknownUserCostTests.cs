// An unknown name costs as many hashes as a wrong password, counted in calls of crypt() and not in time.
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Linux.Crypt;
using Xunit;

namespace Authd.Tests.Unit.Core;

public sealed class UnknownUserCostTests : IDisposable
{
    private const string Md5 = "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/";
    private const string Clear = "{PLAIN}password";

    private readonly BlockingWork _work = new(1);
    private readonly CountingCrypt _crypt = new();
    private readonly PasswordChecker _checker;

    public UnknownUserCostTests() => _checker = new PasswordChecker(_crypt, _work, Log.None);

    public void Dispose() => _work.Dispose();

    [Fact]
    public async Task An_unknown_user_costs_the_hash_that_was_checked_last()
    {
        ModuleChain chain = Chain(Md5);
        await LogInAsync(chain, "john", "wrong");
        Assert.Equal([Md5], _crypt.Settings);
        await LogInAsync(chain, "nobody", "wrong");
        Assert.Equal([Md5, Md5], _crypt.Settings);
    }

    [Fact]
    public async Task Before_any_check_it_costs_the_systems_preferred_method_always_the_same()
    {
        ModuleChain chain = Chain(Md5);
        await LogInAsync(chain, "nobody", "wrong");
        await LogInAsync(chain, "nobody", "wrong");
        Assert.Equal(2, _crypt.Settings.Count);
        Assert.Equal(_crypt.Settings[0], _crypt.Settings[1]);
        Assert.NotNull(CryptSetting.TryParse(_crypt.Settings[0]));
    }

    [Fact]
    public async Task Where_passwords_are_not_hashed_by_crypt_nothing_is_computed()
    {
        ModuleChain chain = Chain(Clear);
        await LogInAsync(chain, "john", "wrong");
        await LogInAsync(chain, "nobody", "wrong");
        Assert.Empty(_crypt.Settings);
    }

    [Theory]
    [InlineData(Reasons.UnknownUser, 1)]
    [InlineData(Reasons.NoPassword, 1)]
    [InlineData(Reasons.AccountLocked, 1)]
    [InlineData(Reasons.WrongPassword, 0)] // the module has paid already
    [InlineData(Reasons.Unsupported, 0)]
    public async Task Only_a_rejection_without_a_look_at_the_password_costs_a_hash(string reason, int hashes)
    {
        ModuleChain chain = new([new OneAccount(_checker, "", AuthOutcome.Reject(reason))], Log.None) { Passwords = _checker };
        await LogInAsync(chain, "john", "wrong");
        Assert.Equal(hashes, _crypt.Settings.Count);
    }

    [Theory]
    [InlineData(Reasons.UnknownUser, "the program said FAIL", 1)]
    [InlineData(Reasons.WrongPassword, "the program said FAIL", 0)]
    [InlineData(Reasons.WrongPassword, Reasons.UnknownUser, 0)]
    [InlineData(Reasons.UnknownUser, Reasons.UnknownUser, 1)]
    public async Task Of_several_modules_one_look_at_the_password_is_enough(string first, string second, int hashes)
    {
        ModuleChain chain = new(
            [
                new OneAccount(_checker, "", AuthOutcome.Reject(first)),
                new OneAccount(_checker, "", AuthOutcome.Reject(second)),
            ],
            Log.None)
        {
            Passwords = _checker,
        };
        await LogInAsync(chain, "john", "wrong");
        Assert.Equal(hashes, _crypt.Settings.Count);
    }

    [Fact]
    public async Task A_password_change_is_no_cheaper_way_to_ask()
    {
        ModuleChain chain = Chain(Md5);
        await chain.ChangePasswordAsync(new(new("imap"), "nobody", "old", "new"), default);
        Assert.Single(_crypt.Settings);
    }

    [Fact]
    public async Task It_runs_where_hashes_run()
    {
        ModuleChain chain = Chain(Md5);
        await LogInAsync(chain, "john", "wrong");
        await LogInAsync(chain, "nobody", "wrong");
        Assert.Single(_crypt.Threads.Distinct());
        Assert.DoesNotContain(Environment.CurrentManagedThreadId, _crypt.Threads);
    }

    [Theory]
    [InlineData(Reasons.Unsupported, Reasons.UnknownUser, Reasons.UnknownUser)]
    [InlineData(Reasons.UnknownUser, Reasons.Unsupported, Reasons.UnknownUser)]
    [InlineData(Reasons.WrongPassword, Reasons.UnknownUser, Reasons.WrongPassword)]
    [InlineData(Reasons.UnknownUser, Reasons.WrongPassword, Reasons.WrongPassword)]
    public async Task The_answer_is_that_of_the_module_that_knew_most_told_as_late_as_any_asks(
        string first, string second, string reason)
    {
        TimeSpan delay = TimeSpan.FromSeconds(2);
        ModuleChain chain = new(
            [
                new OneAccount(_checker, "", AuthOutcome.Reject(first) with { FailureDelay = delay }),
                new OneAccount(_checker, "", AuthOutcome.Reject(second)),
            ],
            Log.None);
        AuthOutcome outcome = await LogInAsync(chain, "john", "wrong");
        Assert.Equal((reason, delay, true), (outcome.Reason, outcome.FailureDelay, outcome.IsFailedGuess));
    }

    private static ValueTask<AuthOutcome> LogInAsync(ModuleChain chain, string user, string password) =>
        chain.AuthenticateAsync(new AuthRequest(new("imap"), "login", $"{user}\n{password}\n"), default);

    private ModuleChain Chain(string stored) => new([new OneAccount(_checker, stored)], Log.None) { Passwords = _checker };

    /// <summary>A module that knows john, or always gives the same answer.</summary>
    private sealed class OneAccount(PasswordChecker checker, string stored, AuthOutcome? always = null) : IAuthModule
    {
        public string Name => "authone";

        public ValueTask<AuthOutcome> LookupAsync(LookupRequest request, CancellationToken cancel) => throw new NotSupportedException();

        public async ValueTask<AuthOutcome> AuthenticateAsync(AuthRequest request, CancellationToken cancel) =>
            always ?? (request.AuthData.StartsWith("john\n", StringComparison.Ordinal)
                ? AuthOutcome.Reject(await checker.MatchesAsync(stored, "wrong", cancel) ? "right" : Reasons.WrongPassword)
                : AuthOutcome.Reject(Reasons.UnknownUser));

        public ValueTask<AuthOutcome> ChangePasswordAsync(PasswordChange request, CancellationToken cancel) =>
            new(AuthOutcome.Reject(Reasons.UnknownUser));

        public IAsyncEnumerable<Account>? EnumerateAsync(CancellationToken cancel) => null;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>The system's crypt(), with a count of its calls.</summary>
    private sealed class CountingCrypt : ISystemCrypt
    {
        private readonly SystemCrypt _crypt = new();

        public List<string> Settings { get; } = [];

        public List<int> Threads { get; } = [];

        public string? Crypt(ReadOnlySpan<byte> password, string setting)
        {
            lock (Settings)
            {
                Settings.Add(setting);
                Threads.Add(Environment.CurrentManagedThreadId);
            }

            return _crypt.Crypt(password, setting);
        }

        public string? NewSetting(string? prefix) => _crypt.NewSetting(prefix);
    }
}
