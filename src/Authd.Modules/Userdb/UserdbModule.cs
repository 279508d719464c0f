// The module authuserdb: accounts in userdb.dat and their passwords in userdbshadow.dat, as makeuserdb writes them.
using System.Runtime.CompilerServices;
using Authd.Core;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Core.Protocol;

namespace Authd.Modules.Userdb;

/// <summary>authuserdb.</summary>
/// <remarks>
/// Lookups read the files on the event loop, under a lock. That is deliberate: two or three positioned reads of pages
/// that the kernel holds cost less than handing the request to another thread, and a disk too sick to deliver a small
/// file's page has stopped the mail server anyway.
/// </remarks>
public sealed class UserdbModule : IAuthModule
{
    private const string ModuleName = "authuserdb";

    private readonly Lock _files = new();
    private readonly Log _log;
    private readonly PasswordChecker _checker;
    private readonly ReplaceableDatabase _database;
    private readonly ReplaceableDatabase _shadow;
    private readonly UserdbAccounts _accounts;
    private readonly UserdbPasswords _passwords;
    private string? _lastTrouble;

    /// <summary>Uses userdb.dat and userdbshadow.dat of the configuration directory; opens nothing yet.</summary>
    public UserdbModule(ModuleServices services)
    {
        _log = services.Log;
        _checker = services.Passwords;
        _database = new ReplaceableDatabase(Path.Combine(services.ConfigDirectory, "userdb.dat"), DatabaseOpened);
        _shadow = new ReplaceableDatabase(Path.Combine(services.ConfigDirectory, "userdbshadow.dat"), ShadowOpened);
        _accounts = new UserdbAccounts(_log);
        _passwords = new UserdbPasswords(_shadow, _log);
    }

    /// <inheritdoc/>
    public string Name => ModuleName;

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> LookupAsync(LookupRequest request, CancellationToken cancel) =>
        ValueTask.FromResult(Find(request.User, request.Context.Service));

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> AuthenticateAsync(AuthRequest request, CancellationToken cancel)
    {
        if (request.AuthType == LoginData.AuthType && LoginData.TryParse(request.AuthData, out LoginData? login))
        {
            return LogInAsync(login, request.Context.Service, cancel);
        }

        if (CramData.TryParse(request, _log, out CramData? cram))
        {
            return ValueTask.FromResult(LogIn(cram, request.Context.Service));
        }

        bool known = request.AuthType == LoginData.AuthType
            || request.AuthType.StartsWith("cram-", StringComparison.Ordinal);
        return ValueTask.FromResult(AuthOutcome.Reject(known ? Reasons.BadRequest : Reasons.Unsupported));
    }

    /// <inheritdoc/>
    /// <remarks>Never changes anything: says so for the accounts that are its own, and lets the next module try.</remarks>
    public ValueTask<AuthOutcome> ChangePasswordAsync(PasswordChange request, CancellationToken cancel)
    {
        AuthOutcome found = Find(request.User, request.Context.Service);
        if (found.Verdict != Verdict.Accept)
        {
            return ValueTask.FromResult(found);
        }

        _log.Warn($"{ModuleName}: cannot change the password of {request.User}: use userdb and makeuserdb");
        return ValueTask.FromResult(AuthOutcome.Reject("password change not available"));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Account> EnumerateAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        // A file of its own: the list may take minutes, while lookups go on and the databases may be replaced.
        using GdbmReader? reader = OpenForEnumeration();
        IEnumerable<IReadOnlyList<GdbmRecord>> buckets = reader?.Buckets() ?? [];
        using IEnumerator<IReadOnlyList<GdbmRecord>> bucket = buckets.GetEnumerator();
        while (MoveNext(bucket))
        {
            foreach (GdbmRecord record in bucket.Current)
            {
                if (ReadListed(record) is { } account)
                {
                    yield return account;
                }
            }

            // Lets other requests have the event loop.
            await Task.Yield();
            cancel.ThrowIfCancellationRequested();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        lock (_files)
        {
            _database.Dispose();
            _shadow.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>The account with its stored hash, if it has one.</summary>
    private AuthOutcome Find(string user, string service)
    {
        lock (_files)
        {
            try
            {
                if (!TryFindRecord(user, announce: true, out UserdbRecord record))
                {
                    return AuthOutcome.Reject(Reasons.UnknownUser);
                }

                AuthOutcome outcome = _accounts.Read(record, user);
                return outcome.Account is { } account ? WithHash(account, service) : outcome;
            }
            catch (IOException e)
            {
                return Trouble(e);
            }
        }
    }

    private AuthOutcome WithHash(Account account, string service)
    {
        Account complete = account with { StoredPassword = _passwords.FindHash(account.Address!, service) };
        if (_log.Debugging)
        {
            _log.Debug($"{ModuleName}: {AccountDump.Line(complete)}");
            _log.DebugSecret($"{ModuleName}: {AccountDump.PasswordLine(complete)}");
        }

        return AuthOutcome.Accept(complete);
    }

    private async ValueTask<AuthOutcome> LogInAsync(LoginData login, string service, CancellationToken cancel)
    {
        AuthOutcome found = Find(login.User, service);
        if (found.Account is not { } account)
        {
            return found;
        }

        if (account.StoredPassword is not { } hash)
        {
            _log.Debug("no password available to compare.");
            return AuthOutcome.Reject(Reasons.NoPassword);
        }

        return await _checker.MatchesAsync(hash, login.Password, cancel)
            ? AuthOutcome.Accept(account with { ClearPassword = login.Password })
            : AuthOutcome.Reject(Reasons.WrongPassword);
    }

    private AuthOutcome LogIn(CramData cram, string service)
    {
        lock (_files)
        {
            try
            {
                if (!TryFindRecord(cram.User, announce: false, out UserdbRecord record))
                {
                    return AuthOutcome.Reject(Reasons.UnknownUser);
                }

                if (_passwords.FindHmacKey(cram.User, service, cram.Hash) is not { } key)
                {
                    return AuthOutcome.Reject(Reasons.NoPassword);
                }

                if (!HmacKey.Matches(cram, key, _log))
                {
                    return AuthOutcome.Reject(Reasons.WrongPassword);
                }

                // Whoever knows the password of a broken record means no other module's account.
                AuthOutcome outcome = _accounts.Read(record, cram.User);
                return outcome.Verdict == Verdict.Accept ? outcome : AuthOutcome.TempFail(Reasons.BrokenRecord);
            }
            catch (IOException e)
            {
                return Trouble(e);
            }
        }
    }

    /// <param name="user">The record's key.</param>
    /// <param name="announce">Whether to log the look-up, as courier-authlib does except for CRAM.</param>
    /// <param name="record">The record, valid until the next look-up.</param>
    private bool TryFindRecord(string user, bool announce, out UserdbRecord record)
    {
        record = default;
        GdbmReader? reader = _database.Current();
        if (reader is null)
        {
            _log.Debug($"userdb: failed to open {WireText.FromUnicode(_database.Path)}");
        }

        if (announce && _log.Debugging)
        {
            _log.Debug($"userdb: looking up '{user}'");
        }

        if (reader is null)
        {
            return false;
        }

        if (!reader.TryFind(WireText.ToBytes(user), out ReadOnlySpan<byte> text))
        {
            _log.Debug("userdb: entry not found");
            return false;
        }

        record = new UserdbRecord(text);
        return true;
    }

    private GdbmReader? OpenForEnumeration()
    {
        try
        {
            return GdbmReader.Open(_database.Path);
        }
        catch (IOException e)
        {
            throw Unfinished(e);
        }
    }

    private bool MoveNext(IEnumerator<IReadOnlyList<GdbmRecord>> bucket)
    {
        try
        {
            return bucket.MoveNext();
        }
        catch (IOException e)
        {
            throw Unfinished(e);
        }
    }

    private Account? ReadListed(GdbmRecord listed)
    {
        UserdbRecord record = new(listed.Value);
        return _accounts.ReadListed(record, WireText.FromBytes(listed.Key));
    }

    private EnumerationFailedException Unfinished(IOException cause)
    {
        _log.Err($"{ModuleName}: {WireText.FromUnicode(cause.Message)}");
        return new EnumerationFailedException(cause.Message, cause);
    }

    private void DatabaseOpened()
    {
        _lastTrouble = null;
        _log.Debug($"userdb: opened {WireText.FromUnicode(_database.Path)}");
    }

    private void ShadowOpened() => _lastTrouble = null;

    /// <summary>A database that is there but cannot be used: one line in the log until it is replaced.</summary>
    private AuthOutcome Trouble(IOException cause)
    {
        if (cause.Message != _lastTrouble)
        {
            _lastTrouble = cause.Message;
            _log.Err($"{ModuleName}: {WireText.FromUnicode(cause.Message)}");
        }

        return AuthOutcome.TempFail(Reasons.BackendAway);
    }
}
