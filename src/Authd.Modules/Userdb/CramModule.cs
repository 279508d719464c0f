// The module authcram: before 2004 the CRAM part of authuserdb was a module of its own, and old configurations name it.
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Logging;
using Authd.Core.Protocol;

namespace Authd.Modules.Userdb;

/// <summary>authcram: authuserdb for CRAM logins only, on the same databases.</summary>
public sealed class CramModule : IAuthModule
{
    private const string ModuleName = "authcram";

    /// <summary>The entry of authmodulelist.</summary>
    public static ModuleDescriptor Descriptor { get; } = new(ModuleName)
    {
        Stores = StoredPasswords.CramKey,
        AddNeeds = UserdbStore.AddNeeds,
        Create = static services => new CramModule(services),
    };

    private readonly Log _log;
    private readonly UserdbStore _store;

    /// <summary>Shares the open databases of authuserdb in the same worker.</summary>
    public CramModule(ModuleServices services)
    {
        _log = services.Log;
        _store = UserdbStore.Of(services);
    }

    /// <inheritdoc/>
    public string Name => ModuleName;

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> LookupAsync(LookupRequest request, CancellationToken cancel) =>
        ValueTask.FromResult(AuthOutcome.Reject(Reasons.Unsupported));

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> AuthenticateAsync(AuthRequest request, CancellationToken cancel)
    {
        if (!request.AuthType.StartsWith("cram-", StringComparison.Ordinal))
        {
            _log.Debug("cram: only supports authtype=cram-*");
            return ValueTask.FromResult(AuthOutcome.Reject(Reasons.Unsupported));
        }

        return ValueTask.FromResult(CramData.TryParse(request, _log, out CramData? cram)
            ? _store.LogIn(cram, request.Context.Service)
            : AuthOutcome.Reject(Reasons.BadRequest));
    }

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> ChangePasswordAsync(PasswordChange request, CancellationToken cancel) =>
        ValueTask.FromResult(AuthOutcome.Reject(Reasons.Unsupported));

    /// <inheritdoc/>
    public IAsyncEnumerable<Account>? EnumerateAsync(CancellationToken cancel) => null;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _store.Dispose();
        return ValueTask.CompletedTask;
    }
}
