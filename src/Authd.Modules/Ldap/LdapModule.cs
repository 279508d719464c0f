using System.Runtime.CompilerServices;
using Authd.Core;
using Authd.Core.Cache;
using Authd.Core.Chain;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Core.Protocol;
using Authd.Linux.Files;
using Authd.Linux.Ldap;
using Authd.Linux.Libraries;
using Authd.Modules.Pool;

namespace Authd.Modules.Ldap;

/// <summary>authldap: accounts in an LDAP directory, described by authldaprc.</summary>
public sealed class LdapModule : ICacheableModule
{
    /// <summary>The name in authmodulelist.</summary>
    public const string ModuleName = "authldap";

    /// <summary>The entry of authmodulelist.</summary>
    public static ModuleDescriptor Descriptor { get; } = new(ModuleName)
    {
        Stores = StoredPasswords.Any | StoredPasswords.CramKey | StoredPasswords.Clear,
        Library = OnDemandLibrary.Ldap,
        RcFile = "authldaprc",
        ReadSettings = static ini => LdapSettings.ReadLimits(ini),
        LoadRcFile = Load,
        AddNeeds = LdapNeeds.Add,
        Create = static services => new LdapModule(services),
    };

    /// <summary>The service under which a password change looks its account up, whatever the client's service.</summary>
    private const string ChangeService = "authlib";

    private readonly Log _log;
    private readonly PasswordChecker _passwords;
    private readonly PoolLimits _limits;
    private readonly WatchedFile<Setup> _file;
    private readonly RepeatedWarning _complaint;

    /// <summary>One configuration in use.</summary>
    private sealed record Setup(RcFile File, LdapSettings Settings, LdapAccounts Accounts, LdapDirectory Directory) : ITriable
    {
        public IAsyncEnumerable<Finding> TryAsync() => new LdapTrial(File, Settings, Directory.Servers, Accounts.For("imap")).RunAsync();

        public ValueTask DisposeAsync() => Directory.DisposeAsync();
    }

    /// <summary>An account and its place, or the reason of a failure.</summary>
    private readonly record struct Found(AuthOutcome Outcome, Setup? Setup = null, LdapEntry? Entry = null)
    {
        public static implicit operator Found(AuthOutcome outcome) => new(outcome);
    }

    /// <summary>Creates the module; authldaprc is read at the first request.</summary>
    public LdapModule(ModuleServices services)
    {
        _log = services.Log;
        _passwords = services.Passwords;
        _limits = LdapSettings.ReadLimits(services.Ini);
        _complaint = new RepeatedWarning(_log.Err, TimeProvider.System);
        _file = new WatchedFile<Setup>(
            ModuleName, services.RcPath(Descriptor.RcFile!), file => Load(file, services), _log, services.CheckedVersion(Descriptor.RcFile!));
    }

    /// <inheritdoc/>
    public string Name => ModuleName;

    /// <inheritdoc/>
    public long ConfigurationVersion => _file.Version;

    /// <inheritdoc/>
    public bool AnswersChallengesByLookup => true;

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

        TimeSpan deadline = Deadline();
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
        TimeSpan deadline = Deadline();
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
    public IAsyncEnumerable<Account>? EnumerateAsync(CancellationToken cancel) =>
        _file.Current() is null && _file.IsUnwanted ? null : ListAsync(_file.Current(), cancel);

    private async IAsyncEnumerable<Account> ListAsync(Setup? setup, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (setup is null)
        {
            throw new EnumerationFailedException("no usable configuration");
        }

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

    private static Setup Load(RcFile file, ModuleServices services)
    {
        LdapSettings settings = LdapSettings.Read(file);
        PoolLimits limits = LdapSettings.ReadLimits(services.Ini);
        OddHomes homes = new(ModuleName, services.Log);
        LdapDirectory directory = new(settings, limits, services.Log, services.Counters(ModuleName));
        return new Setup(file, settings, new LdapAccounts(settings, homes, services.Log), directory);
    }

    private TimeSpan Deadline() => PoolClock.System.Now + _limits.AnswerTimeout;

    private async ValueTask<Found> FindAsync(string user, string service, TimeSpan deadline, CancellationToken cancel)
    {
        if (_file.Current() is not { } setup)
        {
            return _file.IsUnwanted ? AuthOutcome.Reject(Reasons.PassedOver) : AuthOutcome.TempFail(Reasons.Configuration);
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
        Setup setup, LdapEmailMap map, string user, TimeSpan deadline, CancellationToken cancel)
    {
        string filter = LdapFilter.FromTemplate(map.Template, user);
        LdapResult result = await setup.Directory.SearchAsync(
            new LdapQuery(map.BaseDn, filter, [map.Attribute]), $"using emailmap search: {filter}", deadline, cancel);
        if (Unanswered(setup, result, map.BaseDn, setup.File.Find("LDAP_EMAILMAP_BASEDN") is null ? "LDAP_BASEDN" : "LDAP_EMAILMAP_BASEDN") is { } reason)
        {
            return (null, AuthOutcome.TempFail(reason));
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
        Setup setup, string attribute, string name, string login, string service, TimeSpan deadline, CancellationToken cancel)
    {
        LdapSettings settings = setup.Settings;
        string full = settings.Domain is { } domain && !name.Contains('@', StringComparison.Ordinal) ? $"{name}@{domain}" : name;
        string filter = LdapFilter.Equal(attribute, full, settings.Filter);
        LdapQuery query = new(settings.BaseDn, filter, setup.Accounts.For(service));
        LdapResult result = await setup.Directory.SearchAsync(query, $"Query: {filter}", deadline, cancel);
        if (Unanswered(setup, result, query.BaseDn, "LDAP_BASEDN") is { } reason)
        {
            return AuthOutcome.TempFail(reason);
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
                    : setup.Accounts.Broken(entry);
            case var several:
                _log.Debug($"Returned multiple entries ({several.Count})");
                return AuthOutcome.Reject("several accounts of that name");
        }
    }

    /// <summary>Why a search did not come to an end, <c>null</c>: it did; too many entries are an answer as well.</summary>
    private string? Unanswered(Setup setup, LdapResult result, string baseDn, string key)
    {
        if (result.Succeeded || result.Code == LdapCode.SizeLimitExceeded)
        {
            return null;
        }

        if (result.Code is LdapCode.NoSuchObject or LdapCode.InvalidDnSyntax)
        {
            _complaint.Say(setup.File.Bad(key, $"{result.Function} failed: {LdapCode.Text(result.Code)}: '{baseDn}' is not in "
                + $"{string.Join(' ', setup.Settings.Uris)}, or may not be seen").Message);
        }
        else
        {
            Complain(result);
        }

        return Reason(setup, result);
    }

    private static string Reason(Setup setup, LdapResult result) =>
        result.Function.Length == 0 ? setup.Directory.Absence
        : LdapCode.IsTemporary(result.Code) ? Reasons.BackendAway
        : LdapCode.IsRefusal(result.Code) ? Reasons.ServerRefused
        : Reasons.Configuration;

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

    /// <summary>Mail cannot be delivered to an account without a home; a login does not need one.</summary>
    private Found WithHome(Found found)
    {
        if (found is not { Outcome.Account.Home: "", Setup.Settings.Attributes.Home: { } attribute })
        {
            return found;
        }

        _log.Err($"authldap: {found.Entry!.Dn} has no {attribute}");
        return AuthOutcome.TempFail(Reasons.NoHome);
    }

    private async ValueTask<AuthOutcome> CheckAsync(Found found, string password, TimeSpan deadline, CancellationToken cancel)
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

        return await _passwords.RefusalAsync(hash, password, cancel) is { } reason ? Wrong(dn, password, null, reason) : found.Outcome;
    }

    private AuthOutcome Wrong(string dn, string password, string? clear, string reason = Reasons.WrongPassword)
    {
        if (clear is not null && _log.ShowingPasswords)
        {
            _log.DebugSecret($"Password for {dn}: '{password}' does not match clearpasswd '{clear}'");
        }
        else
        {
            _log.Debug($"Password for {dn} does not match");
        }

        return AuthOutcome.Reject(reason);
    }

    private async ValueTask<AuthOutcome> BindAsync(Found found, string password, TimeSpan deadline, CancellationToken cancel)
    {
        // To a directory, an empty password means an anonymous bind, which always succeeds (RFC 4513, 5.1.2).
        if (password.Length == 0)
        {
            return AuthOutcome.Reject(Reasons.WrongPassword);
        }

        LdapResult result = await found.Setup!.Directory.BindAsync(found.Entry!.Dn, password, deadline, cancel);
        return result.Succeeded ? found.Outcome : Refused(found.Setup!, result);
    }

    /// <summary>The answer for a failed bind or change of a user.</summary>
    private AuthOutcome Refused(Setup setup, LdapResult result)
    {
        if (LdapCode.IsTemporary(result.Code))
        {
            Complain(result);
            return AuthOutcome.TempFail(Reason(setup, result));
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
    /// Replaces the attributes that the entry had. If the server judges passwords, it also makes those hashes that are hidden
    /// from us or have an unknown form: it would take our replacement for clear text.
    /// </summary>
    private async ValueTask<AuthOutcome> StoreAsync(
        Setup setup, string dn, Account account, PasswordChange request, TimeSpan deadline, CancellationToken cancel)
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
            if (await _passwords.RenewAsync(old, request.OldPassword, request.NewPassword, cancel) is not { } hash)
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

        // Without the server's message, which may quote the refused value.
        _log.Debug($"Password update failed: {LdapCode.Text(result.Code)}");
        if (result.Function.Length > 0)
        {
            _log.Err($"authldap: password change failed for '{Log.Cut(request.User, 255)}' ({dn}): "
                + $"{result.Function}: LDAP result {result.Code}, {LdapCode.Text(result.Code)}"
                + (result.Code == LdapCode.Referral
                    ? ": the server is a copy that takes no changes; name the one that does in LDAP_URI as well" : ""));
        }

        return LdapCode.IsTemporary(result.Code)
            ? AuthOutcome.TempFail(Reason(setup, result)) : AuthOutcome.Reject("the directory refuses the change");
    }
}
