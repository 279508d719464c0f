// The module authvchkpw: the accounts of vpopmail, from its own files.
using System.Runtime.CompilerServices;
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Core.Protocol;
using Authd.Interop;

namespace Authd.Modules.Vchkpw;

/// <summary>authvchkpw. Files are read off the event loop: vpopmail's domains may be on NFS.</summary>
public sealed class VchkpwModule : IAuthModule
{
    /// <summary>As in authmodulelist.</summary>
    public const string ModuleName = "authvchkpw";

    private const int FilesAtOnce = 4;
    private const int ListBatch = 256;
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(50);

    // Not the daemon's, whose places may all be taken by slow crypt() calls.
    private readonly BlockingWork _files = new(FilesAtOnce);
    private readonly SemaphoreSlim _changing = new(1);
    private readonly PasswordChecker _passwords;
    private readonly Log _log;
    private readonly RepeatedComplaint _errors;
    private readonly Vpopmail _vpopmail;
    private readonly VchkpwAccounts _accounts;

    /// <summary>Opens nothing yet.</summary>
    /// <exception cref="ConfigurationException">Section <c>[vchkpw]</c> of authdaemond.ini is wrong.</exception>
    public VchkpwModule(ModuleServices services)
    {
        _passwords = services.Passwords;
        _log = services.Log;
        _errors = new RepeatedComplaint(text => _log.Err($"{ModuleName}: {text}"), TimeProvider.System);
        RepeatedComplaint warnings = new(text => _log.Warn($"{ModuleName}: {text}"), TimeProvider.System);
        _vpopmail = new Vpopmail(VchkpwSettings.Read(services.Ini));
        _accounts = new VchkpwAccounts(_vpopmail, warnings, _errors, _log);
    }

    /// <inheritdoc/>
    public string Name => ModuleName;

    /// <inheritdoc/>
    public async ValueTask<AuthOutcome> LookupAsync(LookupRequest request, CancellationToken cancel) =>
        (await FindAsync(request.User, request.Context, cancel)).Outcome;

    /// <inheritdoc/>
    public async ValueTask<AuthOutcome> AuthenticateAsync(AuthRequest request, CancellationToken cancel)
    {
        if (request.AuthType == LoginData.AuthType)
        {
            return LoginData.TryParse(request.AuthData, out LoginData? login)
                ? await LogInAsync(login, request.Context, cancel)
                : AuthOutcome.Reject(Reasons.BadRequest);
        }

        return CramData.TryParse(request, _log, out CramData? cram)
            ? await LogInAsync(cram, request.Context, cancel)
            : AuthOutcome.Reject(Reasons.Unsupported);
    }

    /// <inheritdoc/>
    public async ValueTask<AuthOutcome> ChangePasswordAsync(PasswordChange request, CancellationToken cancel)
    {
        FoundAccount found = await FindAsync(request.User, request.Context, cancel);
        if (found.Source is not { } source)
        {
            return found.Outcome;
        }

        if (source.Flags.HasFlag(AccountLimits.NoPasswordChange))
        {
            _log.Debug("vchkpw: password change disabled for this account");
            return AuthOutcome.Reject("password change disabled");
        }

        if (await CheckAsync(source, request.OldPassword, cancel) is { } refused)
        {
            return refused;
        }

        return await _passwords.HashLikeAsync(source.Entry.Hash, request.NewPassword, cancel) is { } hash
            ? await StoreAsync(source, hash, request.NewPassword, cancel)
            : AuthOutcome.Reject("the system's crypt() refuses the new password");
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Account> EnumerateAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        using IEnumerator<VpopmailAccount> all = _vpopmail.All().GetEnumerator();
        List<Account> batch;
        while ((batch = await NextAsync(all, cancel)).Count > 0)
        {
            foreach (Account account in batch)
            {
                yield return account;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _files.Dispose();
        _changing.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<AuthOutcome> LogInAsync(LoginData login, RequestContext context, CancellationToken cancel)
    {
        FoundAccount found = await FindAsync(login.User, context, cancel);
        return found.Source is { } source && await CheckAsync(source, login.Password, cancel) is { } refused ? refused
            : found.Outcome.Account is { } account ? AuthOutcome.Accept(account with { ClearPassword = login.Password })
            : found.Outcome;
    }

    private async ValueTask<AuthOutcome> LogInAsync(CramData cram, RequestContext context, CancellationToken cancel)
    {
        FoundAccount found = await FindAsync(cram.User, context, cancel);
        if (found.Source is not { } source)
        {
            return found.Outcome;
        }

        if (source.Entry.ClearPassword is not { } password)
        {
            _log.Debug("no password available to compare");
            return AuthOutcome.Reject(Reasons.NoPassword);
        }

        return HmacKey.MatchesPassword(cram, password, _log)
            ? AuthOutcome.Accept(found.Outcome.Account! with { ClearPassword = password })
            : AuthOutcome.Reject(Reasons.WrongPassword);
    }

    /// <summary>Why the password is not the account's, <c>null</c> when it is.</summary>
    private async ValueTask<AuthOutcome?> CheckAsync(VpopmailAccount source, string password, CancellationToken cancel)
    {
        if (source.Entry.Hash.Length == 0)
        {
            _log.Debug("no password available to compare");
            return AuthOutcome.Reject(Reasons.NoPassword);
        }

        return await _passwords.MatchesAsync(source.Entry.Hash, password, cancel)
            ? null
            : AuthOutcome.Reject(Reasons.WrongPassword);
    }

    private async ValueTask<FoundAccount> FindAsync(string login, RequestContext context, CancellationToken cancel)
    {
        try
        {
            return await _files.RunAsync(() => _accounts.Find(login, context.Service), cancel);
        }
        catch (Exception e) when (IsTrouble(e))
        {
            return new FoundAccount(Trouble(e));
        }
    }

    private async Task<AuthOutcome> StoreAsync(
        VpopmailAccount source, string hash, string password, CancellationToken cancel)
    {
        VpasswdFile file = source.File;
        await _changing.WaitAsync(cancel);
        try
        {
            RecordLock? held;
            while ((held = await _files.RunAsync(file.TryLock, cancel)) is null)
            {
                await Task.Delay(LockPause, cancel);
            }

            using (held)
            {
                // From here on nothing is cancelled: it is done whole or not at all.
                VpasswdEntry old = source.Entry;
                return await _files.RunAsync(() => file.Store(old.Name, old.Hash, hash, password), CancellationToken.None)
                    ? AuthOutcome.Changed
                    : throw new IOException($"{source.Domain.Directory}: vpasswd and vpasswd.cdb disagree about {old.Name}");
            }
        }
        catch (Exception e) when (IsTrouble(e))
        {
            return Trouble(e);
        }
        finally
        {
            _changing.Release();
        }
    }

    private Task<List<Account>> NextAsync(IEnumerator<VpopmailAccount> all, CancellationToken cancel) => _files.RunAsync(
        () =>
        {
            try
            {
                List<Account> batch = [];
                while (batch.Count < ListBatch && all.MoveNext())
                {
                    if (_accounts.ReadListed(all.Current) is { } account)
                    {
                        batch.Add(account);
                    }
                }

                return batch;
            }
            catch (Exception e) when (IsTrouble(e))
            {
                Trouble(e);
                throw new EnumerationFailedException(e.Message, e);
            }
        },
        cancel);

    /// <summary>A file that cannot be read or written is a temporary failure.</summary>
    private static bool IsTrouble(Exception e) => e is IOException or UnauthorizedAccessException;

    private AuthOutcome Trouble(Exception cause)
    {
        _errors.Say(WireText.FromUnicode(cause.Message));
        return AuthOutcome.TempFail(Reasons.BackendAway);
    }
}
