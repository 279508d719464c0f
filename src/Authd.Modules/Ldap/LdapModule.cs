// authldap: accounts in an LDAP directory, described by authldaprc.
using System.Runtime.CompilerServices;
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Core.Protocol;
using Authd.Interop;
using Authd.Modules.Lanes;

namespace Authd.Modules.Ldap;

/// <summary>A module whose accounts are entries of a directory.</summary>
public sealed class LdapModule : IAuthModule
{
    /// <summary>As in authmodulelist.</summary>
    public const string ModuleName = "authldap";

    /// <summary>What a password change looks its account up as, whatever the client's service.</summary>
    private const string ChangeService = "authlib";

    private readonly Log _log;
    private readonly PasswordChecker _passwords;
    private readonly LaneLimits _limits;
    private readonly WatchedFile<Setup> _file;
    private readonly RepeatedComplaint _complaint;

    /// <summary>One configuration in use.</summary>
    private sealed record Setup(LdapSettings Settings, LdapAccounts Accounts, LdapDirectory Directory) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Directory.DisposeAsync();
    }

    /// <summary>An account and where it was found, or why it was not.</summary>
    private readonly record struct Found(AuthOutcome Outcome, Setup? Setup = null, LdapEntry? Entry = null)
    {
        public static implicit operator Found(AuthOutcome outcome) => new(outcome);
    }

    /// <summary>Makes the module; authldaprc is read at the first request.</summary>
    public LdapModule(ModuleServices services)
    {
        _log = services.Log;
        _passwords = services.Passwords;
        _limits = LdapSettings.ReadLimits(services.Ini);
        _complaint = new RepeatedComplaint(_log.Err, TimeProvider.System);
        string path = services.RcPath("authldaprc");
        _file = new WatchedFile<Setup>(ModuleName, path, Load, _log);
    }

    /// <inheritdoc/>
    public string Name => ModuleName;

    /// <inheritdoc/>
    public async ValueTask<AuthOutcome> LookupAsync(LookupRequest request, CancellationToken cancel) =>
        WithHome(await FindAsync(request.User, request.Context.Service, Deadline(), cancel)).Outcome;

    /// <inheritdoc/>
    public async ValueTask<AuthOutcome> AuthenticateAsync(AuthRequest request, CancellationToken cancel)
    {
        if (request.AuthType != LoginData.AuthType)
        {
            return await AnswerChallengeAsync(request, cancel);
        }

        if (!LoginData.TryParse(request.AuthData, out LoginData? login))
        {
            return AuthOutcome.Reject(Reasons.BadRequest);
        }

        long deadline = Deadline();
        Found found = await FindAsync(login.User, request.Context.Service, deadline, cancel);
        if (found.Outcome.Account is not { } account)
        {
            return found.Outcome;
        }

        AuthOutcome checkedOutcome = await CheckAsync(found, login.Password, deadline, cancel);
        return checkedOutcome.Verdict == Verdict.Accept && account.ClearPassword is null
            ? AuthOutcome.Accept(account with { ClearPassword = login.Password })
            : checkedOutcome;
    }

    /// <inheritdoc/>
    public async ValueTask<AuthOutcome> ChangePasswordAsync(PasswordChange request, CancellationToken cancel)
    {
        long deadline = Deadline();
        Found found = await FindAsync(request.User, ChangeService, deadline, cancel);
        if (found.Outcome.Account is not { } account)
        {
            return found.Outcome;
        }

        AuthOutcome right = await CheckAsync(found, request.OldPassword, deadline, cancel);
        return right.Verdict == Verdict.Accept
            ? await StoreAsync(found.Setup!, found.Entry!.Dn, account, request, deadline, cancel)
            : right;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Account> EnumerateAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        Setup setup = _file.Current() ?? throw new EnumerationFailedException("no usable configuration");
        LdapQuery query = new(setup.Settings.BaseDn, setup.Settings.ListFilter, setup.Accounts.Listed);
        _log.Debug($"ldap_search: basedn='{query.BaseDn}', filter='{query.Filter}'");
        await foreach (LdapEntry entry in setup.Directory.ListAsync(query, cancel))
        {
            foreach (Account account in setup.Accounts.List(entry))
            {
                yield return account;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _file.DisposeAsync();

    private Setup Load(RcFile file)
    {
        LdapSettings settings = LdapSettings.Read(file);
        LdapSettings.WarnUnread(file, _log);
        return new Setup(settings, new LdapAccounts(settings, _log), new LdapDirectory(settings, _limits, _log));
    }

    private long Deadline() => Environment.TickCount64 + (long)_limits.AnswerTimeout.TotalMilliseconds;

    private async ValueTask<Found> FindAsync(string user, string service, long deadline, CancellationToken cancel)
    {
        if (_file.Current() is not { } setup)
        {
            return AuthOutcome.TempFail(Reasons.BackendAway);
        }

        LdapSettings settings = setup.Settings;
        if (settings.EmailMap is not { } map || !user.Contains('@', StringComparison.Ordinal))
        {
            return await FindAsync(setup, settings.Mail, user, user, service, deadline, cancel);
        }

        (string? handle, AuthOutcome outcome) = await FindHandleAsync(setup, map, user, deadline, cancel);
        return handle is null ? outcome : await FindAsync(setup, map.Mail, handle, user, service, deadline, cancel);
    }

    /// <summary>The first step of LDAP_EMAILMAP.</summary>
    private async ValueTask<(string? Handle, AuthOutcome Outcome)> FindHandleAsync(
        Setup setup, LdapEmailMap map, string user, long deadline, CancellationToken cancel)
    {
        string filter = LdapFilter.FromTemplate(map.Template, user);
        LdapResult result = await setup.Directory.SearchAsync(
            new LdapQuery(map.BaseDn, filter, [map.Attribute]), $"using emailmap search: {filter}", deadline, cancel);
        if (!Answered(result))
        {
            return (null, AuthOutcome.TempFail(Reasons.BackendAway));
        }

        if (result.Entries is not [var entry])
        {
            _log.Err($"emailmap: {result.Entries!.Count} entries returned from search {filter} (but we need exactly 1)");
            return (null, AuthOutcome.Reject(Reasons.UnknownUser));
        }

        if (entry.First(map.Attribute) is not { Length: > 0 } handle)
        {
            _log.Debug("emailmap: empty attribute");
            return (null, AuthOutcome.Reject(Reasons.UnknownUser));
        }

        _log.Debug($"emailmap: attribute={map.Mail}, value={handle}");
        return (handle, default);
    }

    /// <summary>Finds the one entry whose <paramref name="attribute"/> is <paramref name="name"/>.</summary>
    private async ValueTask<Found> FindAsync(
        Setup setup, string attribute, string name, string login, string service, long deadline, CancellationToken cancel)
    {
        LdapSettings settings = setup.Settings;
        string full = settings.Domain is { } domain && !name.Contains('@', StringComparison.Ordinal) ? $"{name}@{domain}" : name;
        string filter = LdapFilter.Equal(attribute, full, settings.Filter);
        LdapQuery query = new(settings.BaseDn, filter, setup.Accounts.For(service));
        LdapResult result = await setup.Directory.SearchAsync(query, $"Query: {filter}", deadline, cancel);
        if (!Answered(result))
        {
            return AuthOutcome.TempFail(Reasons.BackendAway);
        }

        switch (result.Entries!)
        {
            case []:
                _log.Debug("Not found");
                return AuthOutcome.Reject(Reasons.UnknownUser);
            case [var entry] when result.Succeeded:
                Show(entry);
                return setup.Accounts.TryRead(entry, login, service, out Account? account)
                    ? new Found(AuthOutcome.Accept(account), setup, entry)
                    : AuthOutcome.TempFail(Reasons.BrokenRecord);
            case var several:
                _log.Debug($"Returned multiple entries ({several.Count})");
                return AuthOutcome.Reject("several accounts of that name");
        }
    }

    /// <summary>Whether a search came to an end; too many entries are an answer as well.</summary>
    private bool Answered(LdapResult result)
    {
        if (result.Succeeded || result.Code == LdapCode.SizeLimitExceeded)
        {
            return true;
        }

        Complain(result);
        return false;
    }

    private void Complain(LdapResult result)
    {
        if (result.Function.Length > 0)
        {
            _complaint.Say($"{result.Function} failed: {LdapCode.Text(result.Code)}");
        }
    }

    private void Show(LdapEntry entry)
    {
        if (_log.Debugging)
        {
            _log.Debug($"Returned DN: {entry.Dn}");
        }

        if (_log.ShowingPasswords)
        {
            foreach (LdapValues attribute in entry.Attributes)
            {
                foreach (string value in attribute.Values)
                {
                    _log.DebugSecret($"    {attribute.Name}: {value}");
                }
            }
        }
    }

    /// <summary>Mail cannot be delivered to an account whose entry lacks its home; a login needs none.</summary>
    private Found WithHome(Found found)
    {
        if (found is not { Outcome.Account.Home: "", Setup.Settings.Attributes.Home: { } attribute })
        {
            return found;
        }

        _log.Err($"authldap: {found.Entry!.Dn} has no {attribute}");
        return AuthOutcome.TempFail(Reasons.BrokenRecord);
    }

    private async ValueTask<AuthOutcome> CheckAsync(Found found, string password, long deadline, CancellationToken cancel)
    {
        Account account = found.Outcome.Account!;
        string dn = found.Entry!.Dn;
        if (found.Setup!.Settings.BindsAsUser)
        {
            return await BindAsync(found, password, deadline, cancel);
        }

        if (account.ClearPassword is { } clear)
        {
            return _passwords.MatchesClear(clear, password) ? found.Outcome : Wrong(dn, password, clear);
        }

        if (account.StoredPassword is not { } hash)
        {
            _log.Debug("Missing password in LDAP!");
            return AuthOutcome.Reject(Reasons.NoPassword);
        }

        return await _passwords.MatchesAsync(hash, password, cancel) ? found.Outcome : Wrong(dn, password, null);
    }

    private AuthOutcome Wrong(string dn, string password, string? clear)
    {
        if (clear is not null && _log.ShowingPasswords)
        {
            _log.DebugSecret($"Password for {dn}: '{password}' does not match clearpasswd '{clear}'");
        }
        else
        {
            _log.Debug($"Password for {dn} does not match");
        }

        return AuthOutcome.Reject(Reasons.WrongPassword);
    }

    private async ValueTask<AuthOutcome> BindAsync(Found found, string password, long deadline, CancellationToken cancel)
    {
        // To a directory an empty password is no password: an anonymous bind, which always succeeds (RFC 4513, 5.1.2).
        if (password.Length == 0)
        {
            return AuthOutcome.Reject(Reasons.WrongPassword);
        }

        LdapResult result = await found.Setup!.Directory.BindAsync(found.Entry!.Dn, password, deadline, cancel);
        return result.Succeeded ? found.Outcome : Refused(result);
    }

    /// <summary>What a user's bind or change that was not done means.</summary>
    private AuthOutcome Refused(LdapResult result)
    {
        if (LdapCode.IsTemporary(result.Code))
        {
            Complain(result);
            return AuthOutcome.TempFail(Reasons.BackendAway);
        }

        _log.Debug($"{result.Function} failed: {LdapCode.Text(result.Code)}");
        return AuthOutcome.Reject(Reasons.WrongPassword);
    }

    private async ValueTask<AuthOutcome> AnswerChallengeAsync(AuthRequest request, CancellationToken cancel)
    {
        if (!CramData.TryParse(request, _log, out CramData? cram))
        {
            return AuthOutcome.Reject(Reasons.Unsupported);
        }

        Found found = WithHome(await FindAsync(cram.User, request.Context.Service, Deadline(), cancel));
        if (found.Outcome.Account is not { } account)
        {
            return found.Outcome;
        }

        if (account.ClearPassword is not { } clear)
        {
            return AuthOutcome.Reject(Reasons.NoPassword);
        }

        return HmacKey.MatchesPassword(cram, clear, _log) ? found.Outcome : AuthOutcome.Reject(Reasons.WrongPassword);
    }

    /// <summary>
    /// Replaces what the entry had. Where the server judges passwords, it also makes those hashes that we cannot see, or
    /// whose form we do not know: what we would write instead, it would take for clear text.
    /// </summary>
    private async ValueTask<AuthOutcome> StoreAsync(
        Setup setup, string dn, Account account, PasswordChange request, long deadline, CancellationToken cancel)
    {
        LdapAttributes names = setup.Settings.Attributes;
        List<(string Attribute, string Value)> replaced = [];
        if (account.ClearPassword is not null)
        {
            replaced.Add((names.ClearPassword!, request.NewPassword));
        }

        bool byServer = setup.Settings.BindsAsUser && account.StoredPassword is null;
        if (account.StoredPassword is { } old)
        {
            if (await _passwords.HashLikeAsync(old, request.NewPassword, cancel) is not { } hash)
            {
                return AuthOutcome.Reject("new password refused");
            }

            byServer = !hash.StartsWith('{') && (setup.Settings.BindsAsUser || old.StartsWith('{'));
            if (!byServer)
            {
                replaced.Add((names.CryptPassword!, hash));
            }
        }

        foreach ((string attribute, _) in replaced)
        {
            _log.Debug($"Modify: {attribute}");
        }

        LdapPasswordChange change = new(dn, request.OldPassword, request.NewPassword, byServer, replaced);
        LdapResult result = await setup.Directory.ChangeAsync(change, deadline, cancel);
        if (result.Succeeded)
        {
            return AuthOutcome.Changed;
        }

        _log.Debug($"Password update failed: {LdapCode.Text(result.Code)}");
        AuthOutcome refused = Refused(result);
        return refused.Verdict == Verdict.TempFail ? refused : AuthOutcome.Reject("the directory refuses the change");
    }
}
