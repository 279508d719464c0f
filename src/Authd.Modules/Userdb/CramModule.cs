// The module authcram: before 2004 the CRAM half of authuserdb was a module of its own, and old configurations name it.
using Authd.Core;
using Authd.Core.Logging;
using Authd.Core.Protocol;

namespace Authd.Modules.Userdb;

/// <summary>authcram: authuserdb for CRAM logins only, on the same databases.</summary>
public sealed class CramModule : IAuthModule
{
    private readonly Log _log;
    private readonly UserdbStore _store;

    /// <summary>Shares what authuserdb of the same worker has open.</summary>
    public CramModule(ModuleServices services)
    {
        _log = services.Log;
        _store = UserdbStore.Of(services);
    }

    /// <inheritdoc/>
    public string Name => "authcram";

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
