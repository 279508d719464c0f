using System.Runtime.CompilerServices;
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Core.Protocol;
using Authd.Linux.Files;

namespace Authd.Modules.Vchkpw;

/// <summary>authvchkpw: the accounts of vpopmail, from its own files. They are read off the event loop, because vpopmail's
/// domains may be on NFS.</summary>
public sealed class VchkpwModule : IAuthModule
{
    /// <summary>The name in authmodulelist.</summary>
    public const string ModuleName = "authvchkpw";

    /// <summary>The entry of authmodulelist.</summary>
    public static ModuleDescriptor Descriptor { get; } = new(ModuleName)
    {
        Stores = StoredPasswords.Any | StoredPasswords.CramKey,
        ReadSettings = static ini => VchkpwSettings.Read(ini),
        AddNeeds = AddNeeds,
        Create = static services => new VchkpwModule(services),
    };

    private const int FilesAtOnce = 4;
    private const int ListBatch = 256;
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(50);

    // Not the daemon's threads, which slow crypt() calls may all occupy.
    private readonly BlockingWork _files = new(FilesAtOnce);
    private readonly SemaphoreSlim _changing = new(1);
    private readonly PasswordChecker _passwords;
    private readonly Log _log;
    private readonly RepeatedWarning _errors;
    private readonly Vpopmail _vpopmail;
    private readonly VchkpwAccounts _accounts;

    /// <summary>Creates the module; it opens nothing yet.</summary>
    /// <exception cref="ConfigurationException">Section <c>[vchkpw]</c> of authdaemond.ini is wrong.</exception>
    public VchkpwModule(ModuleServices services)
    {
        _passwords = services.Passwords;
        _log = services.Log;
        _errors = new RepeatedWarning(text => _log.Err($"{ModuleName}: {text}"), TimeProvider.System);
        RepeatedWarning warnings = new(text => _log.Warn($"{ModuleName}: {text}"), TimeProvider.System);
        _vpopmail = new Vpopmail(VchkpwSettings.Read(services.Ini));
        _accounts = new VchkpwAccounts(_vpopmail, warnings, _errors, _log);
    }

    internal static void AddNeeds(WorkerNeeds needs)
    {
        Vpopmail vpopmail = new(VchkpwSettings.Read(needs.Ini));
        if (vpopmail.Domains.Exists || vpopmail.Home is not null)
        {
            needs.NeedsRoot(ModuleName, "the files of domains belong to vpopmail's users");
        }
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

        // Of several passwords the clear text may be another one's.
        string? clear = source.Entry.ClearPassword;
        bool isClears = _passwords.HashesIn(source.Entry.Hash) is [{ IsOnly: true }] || clear == request.OldPassword;
        return await _passwords.RenewAsync(source.Entry.Hash, request.OldPassword, request.NewPassword, cancel) is { } hash
            ? await StoreAsync(source, hash, isClears ? request.NewPassword : clear ?? "", cancel)
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

    /// <summary>The rejection of a wrong password, <c>null</c> for the right one.</summary>
    private async ValueTask<AuthOutcome?> CheckAsync(VpopmailAccount source, string password, CancellationToken cancel)
    {
        if (source.Entry.Hash.Length == 0)
        {
            _log.Debug("no password available to compare");
            return AuthOutcome.Reject(Reasons.NoPassword);
        }

        return await _passwords.RefusalAsync(source.Entry.Hash, password, cancel) is { } reason ? AuthOutcome.Reject(reason) : null;
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
                // From here on nothing is cancelled, so that the change is made completely or not at all.
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
        _errors.Say(WireText.FromUnicode(FileTrouble.Text(cause)));
        return AuthOutcome.TempFail(Reasons.FileUnusable);
    }
}
