// The rules of the cache: the answers that it keeps, the requests that it may answer, and the events that make it forget.
using Authd.Core;
using Authd.Core.Cache;
using Authd.Core.Metrics;
using Authd.Core.Protocol;
using Authd.Tests.Support;
using Authd.Tests.Unit.Core.Penalty;
using Xunit;

namespace Authd.Tests.Unit.Core.Cache;

public sealed class CachedModuleTests
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan NegativeTtl = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Stale = TimeSpan.FromHours(1);
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    private readonly FakeClock _clock = new();
    private readonly LogLines _lines = new(debugLevel: 0);
    private readonly ServerModule _server = new();
    private readonly ModuleCounters _counters = ModuleCounters.Unread();
    private readonly long[] _memory = new long[ChangeTable.Words];
    private readonly long[] _answers = new long[1 << 17];

    public CachedModuleTests()
    {
        ChangeTable.Prepare(_memory, [7, 11]);
        AnswerStore.Prepare(_answers, [1, 2, 3, 4, 5, 6]);
    }

    [Fact]
    public async Task A_lookup_is_asked_once_a_ttl()
    {
        CachedModule cache = New();
        Account first = (await LookupAsync(cache)).Account!;
        _clock.Pass(Ttl);
        Assert.Equal(first, (await LookupAsync(cache)).Account);
        Assert.Equal(1, _server.Asked);
        _clock.Pass(Moment);
        await LookupAsync(cache);
        Assert.Equal(2, _server.Asked);
        Assert.Equal((1, 2), (_counters[ModuleWord.CacheHits], _counters[ModuleWord.CacheMisses]));
    }

    [Theory]
    [InlineData("pop3", "john")]
    [InlineData("imap", "John")]
    [InlineData("imap", "john ")]
    public async Task Another_service_or_name_is_another_question(string service, string user)
    {
        CachedModule cache = New();
        await LookupAsync(cache);
        await cache.LookupAsync(new LookupRequest(new RequestContext(service), user), default);
        Assert.Equal(2, _server.Asked);
    }

    [Fact]
    public async Task That_there_is_no_such_user_is_kept_for_the_negative_ttl_only()
    {
        CachedModule cache = New();
        Assert.Equal(Reasons.UnknownUser, (await LookupAsync(cache, "nobody")).Reason);
        Assert.Equal(Reasons.UnknownUser, (await LoginAsync(cache, "x", "nobody")).Reason);
        _clock.Pass(NegativeTtl);
        Assert.Equal(Reasons.UnknownUser, (await LookupAsync(cache, "nobody")).Reason);
        Assert.Equal(Reasons.UnknownUser, (await LoginAsync(cache, "y", "nobody")).Reason);
        Assert.Equal(2, _server.Asked);
        _clock.Pass(Moment);
        await LookupAsync(cache, "nobody");
        Assert.Equal(3, _server.Asked);

        _server.IsAway = true;
        _clock.Pass(NegativeTtl + Moment);
        Assert.Equal(Verdict.TempFail, (await LookupAsync(cache, "nobody")).Verdict);
    }

    [Fact]
    public async Task A_login_is_answered_with_the_same_bytes_and_without_the_server()
    {
        CachedModule cache = New();
        Account first = (await LoginAsync(cache, "secret")).Account!;
        Account second = (await LoginAsync(cache, "secret")).Account!;
        Assert.Equal(first, second);
        Assert.Equal("secret", second.ClearPassword);
        Assert.Equal(1, _server.Asked);
    }

    [Theory]
    [InlineData(Reasons.WrongPassword)]
    [InlineData(Reasons.ProgramSaidFail)]
    public async Task A_wrong_password_is_judged_by_the_server_and_spoils_nothing(string said)
    {
        _server.SaysOfWrongPassword = said;
        CachedModule cache = New();
        await LoginAsync(cache, "secret");
        Assert.Equal(said, (await LoginAsync(cache, "wrong")).Reason);
        Assert.Equal(2, _server.Asked);
        Assert.Equal(Verdict.Accept, (await LoginAsync(cache, "secret")).Verdict);
        Assert.Equal(2, _server.Asked);
    }

    [Fact]
    public async Task A_password_that_the_server_takes_no_more_is_forgotten_for_an_outage_too()
    {
        CachedModule cache = New();
        await LoginAsync(cache, "secret");
        _server.Password = "other";
        _clock.Pass(Ttl + Moment);
        Assert.Equal(Reasons.WrongPassword, (await LoginAsync(cache, "secret")).Reason);
        _server.IsAway = true;
        Assert.Equal(Verdict.TempFail, (await LoginAsync(cache, "secret")).Verdict);
    }

    [Fact]
    public async Task All_passwords_of_an_account_with_several_are_known()
    {
        CachedModule cache = New();
        _server.Others = ["phone", "tablet"];
        _server.Stored = "$6$a $6$b $6$c";
        foreach (string password in new[] { "secret", "phone", "tablet" })
        {
            await LoginAsync(cache, password);
        }

        Assert.Equal(3, _server.Asked);
        foreach (string password in new[] { "phone", "secret", "tablet", "phone" })
        {
            Assert.Equal(password, (await LoginAsync(cache, password)).Account!.ClearPassword);
        }

        Assert.Equal(3, _server.Asked);
        Assert.Equal(Reasons.WrongPassword, (await LoginAsync(cache, "wrong")).Reason);
        _server.IsAway = true;
        _clock.Pass(Ttl + Stale);
        Assert.Equal(Verdict.Accept, (await LoginAsync(cache, "secret")).Verdict);
        Assert.Equal(Verdict.Accept, (await LoginAsync(cache, "tablet")).Verdict);
        Assert.Equal(Reasons.WrongPassword, (await LoginAsync(cache, "wrong")).Reason);
    }

    /// <summary>The server's hashes of today say nothing of a password that was right with others.</summary>
    [Fact]
    public async Task Where_the_hashes_have_changed_only_the_new_login_is_known()
    {
        CachedModule cache = New();
        _server.Others = ["phone"];
        _server.Stored = "$6$a $6$b";
        await LoginAsync(cache, "phone");
        _server.Others = [];
        _server.Stored = "$6$a $6$c";
        await LoginAsync(cache, "secret");
        Assert.Equal(2, _server.Asked);
        Assert.Equal(Reasons.WrongPassword, (await LoginAsync(cache, "phone")).Reason);
        _server.IsAway = true;
        Assert.Equal(Reasons.WrongPassword, (await LoginAsync(cache, "phone")).Reason);
        Assert.Equal(Verdict.Accept, (await LoginAsync(cache, "secret")).Verdict);
    }

    [Fact]
    public async Task While_the_server_is_away_known_accounts_are_served_as_long_as_stale_says()
    {
        CachedModule cache = New();
        await LookupAsync(cache);
        await LoginAsync(cache, "secret");
        _server.IsAway = true;
        _clock.Pass(Ttl + Stale);
        Assert.Equal(Verdict.Accept, (await LookupAsync(cache)).Verdict);
        Assert.Equal("secret", (await LoginAsync(cache, "secret")).Account!.ClearPassword);
        Assert.Equal(Reasons.WrongPassword, (await LoginAsync(cache, "wrong")).Reason);
        Assert.Equal(Verdict.TempFail, (await LookupAsync(cache, "jane")).Verdict);
        Assert.Equal(
            [
                "Warn authtest: the back end is away: accounts that are known are answered from the cache until their answers are "
                    + "3660 s old ([cache] stale)",
                "Info authtest: the back end is away, a login was answered from the cache (3660 s old): "
                    + "user=john, ip=[192.0.2.7], service=imap, module=authtest",
            ],
            _lines.All);
        Assert.Equal((2, 1, 1), (_counters[ModuleWord.CacheStale], _counters[ModuleWord.Outages], _counters[ModuleWord.Away]));

        _clock.Pass(Moment);
        Assert.Equal(Verdict.TempFail, (await LookupAsync(cache)).Verdict);
        Assert.Equal(Verdict.TempFail, (await LoginAsync(cache, "secret")).Verdict);
        _server.IsAway = false;
        await LookupAsync(cache);
        Assert.Equal(
            "Info authtest: the back end answers again; meanwhile 1 lookups and 1 logins of this worker were answered from the cache",
            _lines.All[^1]);
    }

    [Fact]
    public async Task What_is_no_outage_is_not_covered_up()
    {
        CachedModule cache = New();
        await LookupAsync(cache);
        _clock.Pass(Ttl + Moment);
        _server.Broken = true;
        Assert.Equal(Reasons.BrokenRecord, (await LookupAsync(cache)).Reason);
    }

    [Fact]
    public async Task A_change_of_the_password_is_seen_by_all_workers_under_all_names()
    {
        CachedModule one = New();
        CachedModule two = New();
        await LoginAsync(two, "secret");
        await LoginAsync(two, "secret", "john@example.com");
        await LoginAsync(two, "secret", "alias");
        Assert.Equal(Verdict.Accept, (await ChangeAsync(one, "john", "secret", "new")).Verdict);
        foreach (string name in new[] { "john", "john@example.com", "alias" })
        {
            Assert.Equal(Reasons.WrongPassword, (await LoginAsync(two, "secret", name)).Reason);
            _server.IsAway = true;
            Assert.Equal(Verdict.TempFail, (await LoginAsync(two, "secret", name)).Verdict);
            _server.IsAway = false;
        }
    }

    [Fact]
    public async Task A_change_leaves_others_alone_and_so_does_one_that_was_refused()
    {
        CachedModule cache = New();
        await LookupAsync(cache);
        await LookupAsync(cache, "jane");
        await ChangeAsync(cache, "john", "wrong", "new");
        int asked = _server.Asked;
        await LookupAsync(cache);
        Assert.Equal(asked, _server.Asked);
        await ChangeAsync(cache, "john", "secret", "new");
        asked = _server.Asked;
        await LookupAsync(cache, "jane");
        Assert.Equal(asked, _server.Asked);
        await LookupAsync(cache);
        Assert.Equal(asked + 1, _server.Asked);
    }

    [Fact]
    public async Task A_change_that_nobody_knows_the_end_of_forgets_its_name()
    {
        CachedModule cache = New();
        await LoginAsync(cache, "secret");
        _server.IsAway = true;
        Assert.Equal(Verdict.TempFail, (await ChangeAsync(cache, "john", "secret", "new")).Verdict);
        Assert.Equal(Verdict.TempFail, (await LoginAsync(cache, "secret")).Verdict);
    }

    [Fact]
    public async Task An_answer_from_before_a_change_is_not_kept_after_it()
    {
        CachedModule cache = New();
        _server.Gate = new TaskCompletionSource();
        Task<AuthOutcome> slow = LoginAsync(cache, "secret");
        TaskCompletionSource gate = _server.Gate;
        _server.Gate = null;
        await ChangeAsync(New(), "john", "secret", "new");
        gate.SetResult();
        Assert.Equal(Verdict.Accept, (await slow).Verdict);
        Assert.Equal(Reasons.WrongPassword, (await LoginAsync(cache, "secret")).Reason);
    }

    [Fact]
    public async Task A_flush_and_another_configuration_forget()
    {
        CachedModule cache = New();
        await LookupAsync(cache);
        new ChangeTable(_memory).ForgetAll();
        await LookupAsync(cache);
        Assert.Equal(2, _server.Asked);
        new ChangeTable(_memory).Forget("JOHN@example.com");
        await LookupAsync(cache);
        Assert.Equal(3, _server.Asked);
        _server.ConfigurationVersion++;
        await LookupAsync(cache);
        Assert.Equal(4, _server.Asked);
    }

    [Fact]
    public async Task A_challenge_is_answered_by_the_kept_lookup_and_a_wrong_response_by_the_server()
    {
        CachedModule cache = New();
        await LookupAsync(cache);
        Assert.Equal(Verdict.Accept, (await CramAsync(cache, "secret")).Verdict);
        Assert.Equal(1, _server.Asked);
        Assert.Equal(Reasons.WrongPassword, (await CramAsync(cache, "wrong")).Reason);
        Assert.Equal(2, _server.Asked);

        _clock.Pass(Ttl + Moment);
        _server.IsAway = true;
        Assert.Equal(Verdict.Accept, (await CramAsync(cache, "secret")).Verdict);
        Assert.Equal(Reasons.WrongPassword, (await CramAsync(cache, "wrong")).Reason);
    }

    [Fact]
    public async Task Without_logins_every_login_asks_the_server()
    {
        CachedModule cache = New(new CacheSettings
        {
            Size = 1 << 20,
            TimeToLive = Ttl,
            NegativeTimeToLive = NegativeTtl,
            Stale = Stale,
            Logins = false,
        });
        await LookupAsync(cache);
        await LoginAsync(cache, "secret");
        await LoginAsync(cache, "secret");
        await CramAsync(cache, "secret");
        Assert.Equal(4, _server.Asked);
        _server.IsAway = true;
        Assert.Equal(Verdict.TempFail, (await LoginAsync(cache, "secret")).Verdict);
    }

    [Fact]
    public async Task An_answer_whose_password_is_not_the_one_that_was_asked_about_is_not_kept()
    {
        _server.AnswersWith = "something else";
        CachedModule cache = New();
        await LoginAsync(cache, "secret");
        await LoginAsync(cache, "secret");
        Assert.Equal(2, _server.Asked);
    }

    [Fact]
    public async Task What_one_worker_has_asked_all_know()
    {
        await LoginAsync(New(), "secret");
        await LookupAsync(New());
        Assert.Equal(2, _server.Asked);
        Assert.Equal(Verdict.Accept, (await LoginAsync(New(), "secret")).Verdict);
        Assert.Equal(Verdict.Accept, (await LookupAsync(New())).Verdict);
        Assert.Equal(2, _server.Asked);
        Assert.Equal(Reasons.WrongPassword, (await LoginAsync(New(), "wrong")).Reason);
    }

    private CachedModule New(CacheSettings? settings = null) => new(
        _server,
        0,
        new CacheServices(
            settings ?? new CacheSettings { Size = 1 << 20, TimeToLive = Ttl, NegativeTimeToLive = NegativeTtl, Stale = Stale },
            new AnswerStore(_answers),
            new ChangeTable(_memory),
            _lines.Log,
            _clock),
        _counters);

    private static Task<AuthOutcome> LookupAsync(CachedModule cache, string user = "john") =>
        cache.LookupAsync(new LookupRequest(new RequestContext("imap"), user), default).AsTask();

    private static Task<AuthOutcome> LoginAsync(CachedModule cache, string password, string user = "john") =>
        cache.AuthenticateAsync(
            new AuthRequest(new RequestContext("imap", "192.0.2.7"), LoginData.AuthType, $"{user}\n{password}\n"), default).AsTask();

    private static Task<AuthOutcome> CramAsync(CachedModule cache, string password)
    {
        string response = Requests.Base64($"john {Requests.Digest("cram-md5", password, "<1@x>")}");
        return cache.AuthenticateAsync(
            new AuthRequest(new RequestContext("imap"), "cram-md5", $"{Requests.Base64("<1@x>")}\n{response}\n"), default).AsTask();
    }

    private static Task<AuthOutcome> ChangeAsync(CachedModule cache, string user, string old, string fresh) =>
        cache.ChangePasswordAsync(new PasswordChange(new RequestContext("imap"), user, old, fresh), default).AsTask();

    /// <summary>A server with john, who is also john@example.com and, with an address of its own, alias; and jane.</summary>
    private sealed class ServerModule : ICacheableModule
    {
        internal int Asked { get; private set; }

        internal bool IsAway { get; set; }

        internal bool Broken { get; set; }

        internal string Password { get; set; } = "secret";

        internal string? AnswersWith { get; set; }

        internal string SaysOfWrongPassword { get; set; } = Reasons.WrongPassword;

        internal TaskCompletionSource? Gate { get; set; }

        /// <summary>Further passwords that are right, and what lookups tell of the hashes.</summary>
        public string[] Others { get; set; } = [];

        public string? Stored { get; set; }

        public string Name => "authtest";

        public long ConfigurationVersion { get; set; }

        public bool AnswersChallengesByLookup => true;

        public async ValueTask<AuthOutcome> LookupAsync(LookupRequest request, CancellationToken cancel)
        {
            await AskAsync();
            return IsAway ? AuthOutcome.TempFail(Reasons.BackendAway)
                : Broken ? AuthOutcome.TempFail(Reasons.BrokenRecord)
                : Find(request.User);
        }

        public async ValueTask<AuthOutcome> AuthenticateAsync(AuthRequest request, CancellationToken cancel)
        {
            string password = Password;
            await AskAsync();
            if (IsAway)
            {
                return AuthOutcome.TempFail(Reasons.BackendAway);
            }

            if (CramData.TryParse(request, Authd.Core.Logging.Log.None, out CramData? cram))
            {
                return Authd.Core.Passwords.HmacKey.MatchesPassword(cram, password, Authd.Core.Logging.Log.None)
                    ? Find(cram.User) : AuthOutcome.Reject(Reasons.WrongPassword);
            }

            _ = LoginData.TryParse(request.AuthData, out LoginData? login);
            AuthOutcome found = Find(login!.User);
            return found.Account is null ? found
                : login.Password != password && !Others.Contains(login.Password) ? AuthOutcome.Reject(SaysOfWrongPassword)
                : AuthOutcome.Accept(found.Account with { ClearPassword = AnswersWith ?? login.Password });
        }

        public ValueTask<AuthOutcome> ChangePasswordAsync(PasswordChange request, CancellationToken cancel)
        {
            if (IsAway || request.OldPassword != Password)
            {
                return ValueTask.FromResult(
                    IsAway ? AuthOutcome.TempFail(Reasons.BackendAway) : AuthOutcome.Reject(Reasons.WrongPassword));
            }

            Password = request.NewPassword;
            return ValueTask.FromResult(AuthOutcome.Changed);
        }

        public IAsyncEnumerable<Account>? EnumerateAsync(CancellationToken cancel) => null;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private Task AskAsync()
        {
            Asked++;
            return Gate?.Task ?? Task.CompletedTask;
        }

        private AuthOutcome Find(string user) => user switch
        {
            "jane" => AuthOutcome.Accept(new Account { Uid = 2, Home = "/home/jane", Address = "jane@example.com" }),
            "nobody" => AuthOutcome.Reject(Reasons.UnknownUser),
            _ => AuthOutcome.Accept(new Account
            {
                Uid = 1,
                Home = "/home/john",
                Address = user == "alias" ? "alias" : "john@example.com",
                ClearPassword = Password,
                StoredPassword = Stored,
            }),
        };
    }
}
