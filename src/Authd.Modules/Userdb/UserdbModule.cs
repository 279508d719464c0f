using System.Runtime.CompilerServices;
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Core.Protocol;
using Authd.Modules.Userdb.Gdbm;

namespace Authd.Modules.Userdb;

/// <summary>authuserdb: accounts in userdb.dat and their passwords in userdbshadow.dat, as makeuserdb writes them.</summary>
public sealed class UserdbModule : IAuthModule
{
    private const string ModuleName = "authuserdb";

    /// <summary>The entry of authmodulelist.</summary>
    public static ModuleDescriptor Descriptor { get; } = new(ModuleName)
    {
        Stores = StoredPasswords.Any | StoredPasswords.CramKey,
        FindDoubts = static check => UserdbDoubts.Of(Path.Combine(check.ConfigDirectory, "userdb")),
        AddNeeds = AddNeeds,
        Create = static services => new UserdbModule(services),
    };

    private readonly Log _log;
    private readonly PasswordChecker _checker;
    private readonly UserdbStore _store;
    private readonly UserdbAccounts _accounts;
    private readonly UserdbPasswordChange _passwordChange;

    /// <summary>Uses userdb.dat and userdbshadow.dat of the configuration directory; opens nothing yet.</summary>
    public UserdbModule(ModuleServices services)
    {
        _log = services.Log;
        _checker = services.Passwords;
        _store = UserdbStore.Of(services);
        _accounts = new UserdbAccounts(_log);
        _passwordChange = new UserdbPasswordChange(services, _store);
    }

    internal static void AddNeeds(WorkerNeeds needs)
    {
        UserdbStore.AddNeeds(needs);
        needs.ChangesUserdb = true;
    }

    /// <inheritdoc/>
    public string Name => ModuleName;

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> LookupAsync(LookupRequest request, CancellationToken cancel) =>
        ValueTask.FromResult(_store.Find(request.User, request.Context.Service));

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> AuthenticateAsync(AuthRequest request, CancellationToken cancel)
    {
        if (request.AuthType == LoginData.AuthType && LoginData.TryParse(request.AuthData, out LoginData? login))
        {
            return LogInAsync(login, request.Context.Service, cancel);
        }

        if (CramData.TryParse(request, _log, out CramData? cram))
        {
            return ValueTask.FromResult(_store.LogIn(cram, request.Context.Service));
        }

        bool known = request.AuthType == LoginData.AuthType
            || request.AuthType.StartsWith("cram-", StringComparison.Ordinal);
        return ValueTask.FromResult(AuthOutcome.Reject(known ? Reasons.BadRequest : Reasons.Unsupported));
    }

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> ChangePasswordAsync(PasswordChange request, CancellationToken cancel) =>
        _passwordChange.RunAsync(request, cancel);

    /// <inheritdoc/>
    public async IAsyncEnumerable<Account> EnumerateAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        // A reader of its own: the list may take minutes, while lookups continue and the databases may be replaced.
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
        _store.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<AuthOutcome> LogInAsync(LoginData login, string service, CancellationToken cancel)
    {
        AuthOutcome found = _store.Find(login.User, service);
        if (found.Account is not { } account)
        {
            return found;
        }

        if (account.StoredPassword is not { } hash)
        {
            _log.Debug("no password available to compare.");
            return AuthOutcome.Reject(Reasons.NoPassword);
        }

        return await _checker.RefusalAsync(hash, login.Password, cancel) is { } reason
            ? AuthOutcome.Reject(reason)
            : AuthOutcome.Accept(account with { ClearPassword = login.Password });
    }

    private GdbmReader? OpenForEnumeration()
    {
        try
        {
            return GdbmReader.Open(_store.Files.Database);
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
}
