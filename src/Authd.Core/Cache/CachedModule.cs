using System.Security.Cryptography;
using Authd.Core.Logging;
using Authd.Core.Metrics;
using Authd.Core.Passwords;
using Authd.Core.Protocol;

namespace Authd.Core.Cache;

/// <summary>The common services of all cached modules.</summary>
/// <param name="Settings">Section [cache].</param>
/// <param name="Store">The answers of all workers.</param>
/// <param name="Changes">The changes that invalidate answers.</param>
/// <param name="Log">The log.</param>
/// <param name="Time">The clock.</param>
public sealed record CacheServices(CacheSettings Settings, AnswerStore Store, ChangeTable Changes, Log Log, TimeProvider Time);

/// <summary>
/// Answers lookups and logins from earlier answers of its module. A cached answer is used within its ttl. Beyond it only an
/// account is used, and only during an outage of the back end: an old answer never makes a user unknown. A login is cached as a
/// keyed hash of its password; any other password is judged by the back end, except during an outage.
/// </summary>
public sealed class CachedModule : IAuthModule
{
    /// <summary>Of an account with several passwords, so many are kept.</summary>
    private const int MostProofs = 8;

    private readonly ICacheableModule _inner;
    private readonly int _place;
    private readonly CacheServices _cache;
    private readonly ModuleCounters _counters;
    private int _away;
    private int _staleLookups;
    private int _staleLogins;

    /// <param name="inner">The module; disposed of with this object.</param>
    /// <param name="place">Its place in authmodulelist: a module that is listed twice has two caches.</param>
    /// <param name="cache">The common services of the worker's caches.</param>
    /// <param name="counters">Counts hits and misses.</param>
    public CachedModule(ICacheableModule inner, int place, CacheServices cache, ModuleCounters counters)
    {
        _inner = inner;
        _place = place;
        _cache = cache;
        _counters = counters;
    }

    /// <summary>The state before the back end is asked.</summary>
    /// <param name="Version">The configuration.</param>
    /// <param name="Changes">Changes so far.</param>
    private readonly record struct Moment(long Version, long Changes);

    /// <inheritdoc/>
    public string Name => _inner.Name;

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> LookupAsync(LookupRequest request, CancellationToken cancel)
    {
        AnswerKey key = new(_place, IsLogin: false, request.Context.Service, request.User);
        if (Find(key) is { } kept && IsFresh(kept))
        {
            return new ValueTask<AuthOutcome>(Hit(kept, kept.Account));
        }

        return AskAsync(key, request, cancel);
    }

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> AuthenticateAsync(AuthRequest request, CancellationToken cancel)
    {
        if (!_cache.Settings.Logins)
        {
            return _inner.AuthenticateAsync(request, cancel);
        }

        if (request.AuthType == LoginData.AuthType)
        {
            return LoginData.TryParse(request.AuthData, out LoginData? login)
                ? LogIn(request, login, cancel)
                : _inner.AuthenticateAsync(request, cancel);
        }

        return _inner.AnswersChallengesByLookup && CramData.TryParse(request, Log.None, out CramData? cram)
            ? AnswerChallenge(request, cram, cancel)
            : _inner.AuthenticateAsync(request, cancel);
    }

    /// <inheritdoc/>
    public async ValueTask<AuthOutcome> ChangePasswordAsync(PasswordChange request, CancellationToken cancel)
    {
        AuthOutcome outcome = AuthOutcome.TempFail(Reasons.BackendAway);
        try
        {
            return outcome = await _inner.ChangePasswordAsync(request, cancel);
        }
        finally
        {
            // Also after a failure, because the server may have made the change.
            if (outcome.Verdict != Verdict.Reject)
            {
                _cache.Changes.Forget(request.User);
            }

            if (outcome.Verdict == Verdict.Accept)
            {
                await ForgetOtherNamesAsync(request, cancel);
            }
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<Account>? EnumerateAsync(CancellationToken cancel) => _inner.EnumerateAsync(cancel);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _inner.DisposeAsync();

    /// <summary>The cache's content for a request, in words.</summary>
    public string Describe(bool isLogin, string service, string user)
    {
        AnswerKey key = new(_place, isLogin && _cache.Settings.Logins, service, user);
        if (isLogin && !_cache.Settings.Logins)
        {
            return "logins are not kept ([cache] logins = no)";
        }

        if (!_cache.Store.TryGet(key, _cache.Time.GetTimestamp(), out KeptAnswer? any))
        {
            return "nothing is kept";
        }

        string what = $"{(any.Account is null ? "no such user" : "an account")}, {Age(any).TotalSeconds:0} s old";
        return Find(key) is not { } kept ? $"{what}, not used: the configuration or the account has changed"
            : IsFresh(kept) ? $"{what}, used without asking the back end"
            : FindStale(key) is not null ? $"{what}, used only while the back end is away"
            : $"{what}, not used any more";
    }

    /// <summary>The account may be cached under other names; if these cannot be found out, all answers are removed.</summary>
    private async ValueTask ForgetOtherNamesAsync(PasswordChange request, CancellationToken cancel)
    {
        Account? account = null;
        try
        {
            account = (await _inner.LookupAsync(new LookupRequest(request.Context, request.User), cancel)).Account;
        }
        catch (Exception e)
        {
            // The password is changed, whatever happens here.
            _cache.Log.Debug($"{Name}: {e.Message}");
        }

        if (account is null)
        {
            _cache.Changes.ForgetAll();
        }
        else
        {
            _cache.Changes.Forget(request.User, account);
        }
    }

    private async ValueTask<AuthOutcome> AskAsync(AnswerKey key, LookupRequest request, CancellationToken cancel)
    {
        Moment moment = Begin();
        AuthOutcome outcome = await _inner.LookupAsync(request, cancel);
        if (IsAway(outcome))
        {
            if (FindStale(key) is not { } kept)
            {
                return outcome;
            }

            Interlocked.Increment(ref _staleLookups);
            return Stale(kept.Account!);
        }

        if (outcome.Account is { } account)
        {
            Keep(key, moment, account, null, null);
        }
        else if (outcome.Verdict == Verdict.Reject && outcome.Reason != Reasons.Unsupported)
        {
            KeepUnknown(key, moment, outcome.Reason!);
        }

        return outcome;
    }

    private ValueTask<AuthOutcome> LogIn(AuthRequest request, LoginData login, CancellationToken cancel)
    {
        AnswerKey key = new(_place, IsLogin: true, request.Context.Service, login.User);
        if (Find(key) is { } kept && IsFresh(kept))
        {
            if (kept.Account is null)
            {
                return new ValueTask<AuthOutcome>(Hit(kept, null));
            }

            if (Verifies(kept, key, login.Password))
            {
                return new ValueTask<AuthOutcome>(Hit(kept, kept.Account with { ClearPassword = login.Password }));
            }
        }

        return LogInAsync(key, request, login, cancel);
    }

    private async ValueTask<AuthOutcome> LogInAsync(AnswerKey key, AuthRequest request, LoginData login, CancellationToken cancel)
    {
        Moment moment = Begin();
        AuthOutcome outcome = await _inner.AuthenticateAsync(request, cancel);
        if (IsAway(outcome))
        {
            if (FindStale(key) is not { } kept)
            {
                return outcome;
            }

            return Verifies(kept, key, login.Password)
                ? StaleLogin(request, kept, kept.Account! with { ClearPassword = login.Password })
                : AuthOutcome.Reject(Reasons.WrongPassword); // a failed guess: an outage must not make guessing free
        }

        if (outcome.Account is { } account)
        {
            // A module that returns another clear password than it was asked about needs that password in each answer.
            if (account.ClearPassword == login.Password)
            {
                Keep(key, moment, account with { ClearPassword = null }, null, Prove(key, account, login.Password));
            }
        }
        else if (outcome is { Verdict: Verdict.Reject, Reason: Reasons.UnknownUser })
        {
            KeepUnknown(key, moment, outcome.Reason!);
        }
        else if (outcome.Verdict == Verdict.Reject && Find(key) is { Account: not null } refuted
            && (!MayBeOfPassword(outcome) || Verifies(refuted, key, login.Password)))
        {
            _cache.Store.Remove(key);
        }

        return outcome;
    }

    private ValueTask<AuthOutcome> AnswerChallenge(AuthRequest request, CramData cram, CancellationToken cancel)
    {
        AnswerKey key = new(_place, IsLogin: false, request.Context.Service, cram.User);
        if (Find(key) is { } kept && IsFresh(kept) && (kept.Account is null || Verifies(kept, cram)))
        {
            return new ValueTask<AuthOutcome>(Hit(kept, kept.Account));
        }

        return AnswerChallengeAsync(key, request, cram, cancel);
    }

    private async ValueTask<AuthOutcome> AnswerChallengeAsync(
        AnswerKey key, AuthRequest request, CramData cram, CancellationToken cancel)
    {
        Moment moment = Begin();
        AuthOutcome outcome = await _inner.AuthenticateAsync(request, cancel);
        if (IsAway(outcome))
        {
            return FindStale(key) is not { Account.ClearPassword.Length: > 0 } kept ? outcome
                : Verifies(kept, cram) ? StaleLogin(request, kept, kept.Account!)
                : AuthOutcome.Reject(Reasons.WrongPassword);
        }

        if (outcome.Account is { } account)
        {
            Keep(key, moment, account, null, null);
        }
        else if (outcome is { Verdict: Verdict.Reject, Reason: Reasons.UnknownUser })
        {
            KeepUnknown(key, moment, outcome.Reason!);
        }
        else if (outcome.Verdict == Verdict.Reject && Find(key) is { Account: not null } refuted
            && (!MayBeOfPassword(outcome) || Verifies(refuted, cram)))
        {
            _cache.Store.Remove(key);
        }

        return outcome;
    }

    /// <summary>The password alone may have been wrong: that says nothing about a login that is kept with another one.</summary>
    private static bool MayBeOfPassword(AuthOutcome rejected) => rejected.Reason is Reasons.WrongPassword or Reasons.ProgramSaidFail;

    private Moment Begin()
    {
        _counters.Add(ModuleWord.CacheMisses);
        return new Moment(_inner.ConfigurationVersion, _cache.Changes.Changes);
    }

    /// <summary>The cached answer, unless something has changed since; it may be too old.</summary>
    private KeptAnswer? Find(in AnswerKey key) =>
        _cache.Store.TryGet(key, _cache.Time.GetTimestamp(), out KeptAnswer? kept) && kept.Version == _inner.ConfigurationVersion
        && _cache.Changes.IsCurrent(kept.Stamp)
            ? kept
            : null;

    private KeptAnswer? FindStale(in AnswerKey key) =>
        Find(key) is { Account: not null } kept && Age(kept) <= _cache.Settings.TimeToLive + _cache.Settings.Stale ? kept : null;

    private bool IsFresh(KeptAnswer kept) =>
        Age(kept) <= (kept.Account is null ? _cache.Settings.NegativeTimeToLive : _cache.Settings.TimeToLive);

    private TimeSpan Age(KeptAnswer kept) => _cache.Time.GetElapsedTime(kept.Time);

    private void Keep(in AnswerKey key, Moment moment, Account? account, string? reason, byte[]? proof)
    {
        ChangeStamp stamp = _cache.Changes.Stamp(key.User, account);
        if (_cache.Changes.Changes != moment.Changes)
        {
            return; // The answer may date from before the change.
        }

        long now = _cache.Time.GetTimestamp();
        _cache.Store.Put(key, now, new KeptAnswer
        {
            Account = account,
            Reason = reason,
            Proof = proof,
            Time = now,
            Version = moment.Version,
            Stamp = stamp,
        });
    }

    private void KeepUnknown(in AnswerKey key, Moment moment, string reason)
    {
        if (_cache.Settings.NegativeTimeToLive > TimeSpan.Zero)
        {
            Keep(key, moment, null, reason, null);
        }
        else
        {
            _cache.Store.Remove(key);
        }
    }

    private AuthOutcome Hit(KeptAnswer kept, Account? account)
    {
        _counters.Add(account is null ? ModuleWord.CacheNegative : ModuleWord.CacheHits);
        if (_cache.Log.Debugging)
        {
            _cache.Log.Debug($"{Name}: answered from the cache, {Age(kept).TotalSeconds:0} s old");
        }

        return account is null ? AuthOutcome.Reject(kept.Reason!) : AuthOutcome.Accept(account);
    }

    private AuthOutcome StaleLogin(AuthRequest request, KeptAnswer kept, Account account)
    {
        AuthOutcome outcome = Stale(account);
        Interlocked.Increment(ref _staleLogins);
        _cache.Log.Info(
            $"{Name}: the back end is away, a login was answered from the cache ({Age(kept).TotalSeconds:0} s old): "
            + new LoginReport(LoginData.ClaimedName(request), request.Context, Name, outcome, TimeSpan.Zero).Facts);
        return outcome;
    }

    private AuthOutcome Stale(Account account)
    {
        _counters.Add(ModuleWord.CacheStale);
        if (Interlocked.Exchange(ref _away, 1) == 0)
        {
            _cache.Log.Warn(
                $"{Name}: the back end is away: accounts that are known are answered from the cache until their answers are "
                + $"{(_cache.Settings.TimeToLive + _cache.Settings.Stale).TotalSeconds:0} s old ([cache] stale)");
        }

        return AuthOutcome.Accept(account);
    }

    /// <summary>Whether the back end cannot be asked now; a broken record is no outage.</summary>
    private bool IsAway(AuthOutcome outcome)
    {
        _counters.NoteAway(outcome.IsAway);
        if (outcome.CannotBeAsked)
        {
            return true;
        }

        if (Volatile.Read(ref _away) != 0 && Interlocked.Exchange(ref _away, 0) != 0)
        {
            _cache.Log.Info(
                $"{Name}: the back end answers again; meanwhile {Interlocked.Exchange(ref _staleLookups, 0)} lookups and "
                + $"{Interlocked.Exchange(ref _staleLogins, 0)} logins of this worker were answered from the cache");
        }

        return false;
    }

    /// <summary>The proof of a password, and behind it those of the account's other passwords: they are as right as before if the
    /// server has the same hashes as before.</summary>
    private byte[] Prove(in AnswerKey key, Account account, string password)
    {
        byte[] proof = _cache.Store.Prove(key, password);
        bool hasSeveral = account.StoredPassword?.Contains(' ', StringComparison.Ordinal) == true;
        return hasSeveral && Find(key) is { Proof: { } others, Account: { } kept } && kept.StoredPassword == account.StoredPassword
            ? [.. proof, .. others.Chunk(proof.Length).Where(other => !other.SequenceEqual(proof)).Take(MostProofs - 1).SelectMany(static other => other)]
            : proof;
    }

    private bool Verifies(KeptAnswer kept, in AnswerKey key, string password)
    {
        byte[] proof = _cache.Store.Prove(key, password);
        bool verifies = false;
        foreach (byte[] one in (kept.Proof ?? []).Chunk(proof.Length))
        {
            verifies |= CryptographicOperations.FixedTimeEquals(one, proof);
        }

        return verifies;
    }

    private bool Verifies(KeptAnswer kept, CramData cram) =>
        kept.Account?.ClearPassword is { Length: > 0 } clear && HmacKey.MatchesPassword(cram, clear, _cache.Log);
}
