using System.Runtime.CompilerServices;
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Logging;
using Authd.Core.Protocol;
using Authd.Linux.Native;
using Authd.Linux.Users;

namespace Authd.Modules.SystemAccounts;

/// <summary>A module whose accounts are the system's users: the common part of authpam, authpwd and authshadow, without the
/// judgement of a password.</summary>
public sealed class SystemModule : IAuthModule
{
    /// <summary>System accounts below belong to daemons (and root): they are found, but not listed.</summary>
    private const uint LeastListedUid = 100;

    /// <summary>Users fetched at a time for a list.</summary>
    private const int Piece = 256;

    /// <summary>Lookups at the same time. They have threads of their own, so that they never wait for a slow hash; only a few, so
    /// that a name service that hangs does not hold many threads.</summary>
    private const int LookupsAtOnce = 4;

    private readonly Log _log;
    private readonly ISystemVerifier _verifier;
    private readonly BlockingWork _lookups = new(LookupsAtOnce);
    private readonly RepeatedWarning _complaint;

    /// <summary>Makes the module.</summary>
    /// <param name="name">The name in authmodulelist.</param>
    /// <param name="services">The module's surroundings.</param>
    /// <param name="verifier">Judges passwords; disposed of with the module.</param>
    public SystemModule(string name, ModuleServices services, ISystemVerifier verifier)
    {
        Name = name;
        _log = services.Log;
        _verifier = verifier;
        _complaint = new RepeatedWarning(text => _log.Err($"{Name}: {text}"), TimeProvider.System);
    }

    internal static void AddNeeds(WorkerNeeds needs) => needs.AsksForSystemUsers = true;

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public async ValueTask<AuthOutcome> LookupAsync(LookupRequest request, CancellationToken cancel) =>
        (await FindAdmittedAsync(request.User, cancel)).Outcome;

    /// <inheritdoc/>
    public async ValueTask<AuthOutcome> AuthenticateAsync(AuthRequest request, CancellationToken cancel)
    {
        if (request.AuthType != LoginData.AuthType)
        {
            _log.Debug($"{Name} only handles authtype=login");
            return AuthOutcome.Reject(Reasons.Unsupported);
        }

        if (!LoginData.TryParse(request.AuthData, out LoginData? login))
        {
            _log.Debug("incomplete username or missing password");
            return AuthOutcome.Reject(Reasons.BadRequest);
        }

        (SystemAccount? account, AuthOutcome found) = await FindAdmittedAsync(login.User, cancel);
        if (account is null)
        {
            return found.Verdict == Verdict.Reject ? found with { FailureDelay = _verifier.FailureDelay } : found;
        }

        AuthOutcome verified = await _verifier.VerifyAsync(account, login, request.Context, cancel);
        return verified.Account is { } right
            ? AuthOutcome.Accept(right with { ClearPassword = login.Password })
            : verified;
    }

    /// <inheritdoc/>
    /// <remarks>A name with <c>@</c> is a mail address and belongs to
    /// another module, whatever the password database says.</remarks>
    public async ValueTask<AuthOutcome> ChangePasswordAsync(PasswordChange request, CancellationToken cancel)
    {
        if (request.User.Contains('@', StringComparison.Ordinal))
        {
            return AuthOutcome.Reject(Reasons.UnknownUser);
        }

        (SystemAccount? account, AuthOutcome found) = await FindAsync(request.User, cancel);
        return account is null ? found : await _verifier.ChangePasswordAsync(account, request, cancel);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Account> EnumerateAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        using SystemUserList list = await SystemUserList.OpenAsync(cancel);
        for (IReadOnlyList<SystemUser> users = await NextAsync(list, cancel);
            users.Count > 0;
            users = await NextAsync(list, cancel))
        {
            foreach (SystemUser user in users.Where(static user => user.Uid >= LeastListedUid))
            {
                yield return new Account { Address = user.Name, Uid = user.Uid, Gid = user.Gid, Home = user.Home };
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _verifier.DisposeAsync();
        _lookups.Dispose();
    }

    /// <summary>The account and its acceptance, or <c>null</c> and the reason.</summary>
    private async ValueTask<(SystemAccount? Account, AuthOutcome Outcome)> FindAdmittedAsync(
        string user, CancellationToken cancel)
    {
        (SystemAccount? account, AuthOutcome found) = await FindAsync(user, cancel);
        if (account is null)
        {
            if (found.Verdict == Verdict.Reject)
            {
                _log.Debug($"{Name}: username '{user}' not found in password file");
            }

            return (null, found);
        }

        Dump(account);
        try
        {
            AuthOutcome admitted = _verifier.Admit(account);
            return (admitted.Verdict == Verdict.Accept ? account : null, admitted);
        }
        catch (LibcException trouble)
        {
            return (null, Trouble(trouble));
        }
    }

    /// <summary>The account, or <c>null</c> and the reason.</summary>
    private async ValueTask<(SystemAccount? Account, AuthOutcome Outcome)> FindAsync(string user, CancellationToken cancel)
    {
        try
        {
            // A name service that hangs holds its thread, but not the request.
            SystemAccount? account = await _lookups.RunAsync(() => SystemAccount.Find(user), cancel).WaitAsync(cancel);
            return account is null
                ? (null, AuthOutcome.Reject(Reasons.UnknownUser))
                : (account, AuthOutcome.Accept(account.Account));
        }
        catch (LibcException trouble)
        {
            return (null, Trouble(trouble));
        }
    }

    private AuthOutcome Trouble(LibcException trouble)
    {
        _complaint.Say(trouble.Message);
        return AuthOutcome.TempFail(Reasons.BackendAway);
    }

    private async Task<IReadOnlyList<SystemUser>> NextAsync(SystemUserList list, CancellationToken cancel)
    {
        try
        {
            return await _lookups.RunAsync(() => list.Next(Piece), cancel);
        }
        catch (LibcException trouble)
        {
            _log.Err($"{Name}: {trouble.Message}");
            throw new EnumerationFailedException(trouble.Message, trouble);
        }
    }

    /// <summary>The account with the password file's own hash.</summary>
    private void Dump(SystemAccount account)
    {
        if (_log.Debugging)
        {
            Account shown = account.Account with { StoredPassword = account.User.PasswordField };
            _log.Debug($"{Name}: {AccountDump.Line(shown)}");
            _log.DebugSecret($"{Name}: {AccountDump.PasswordLine(shown)}");
        }
    }
}
