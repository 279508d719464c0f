// The module authcustom: a name in old module lists, behind which courier-authlib has nothing either.
using Authd.Core;
using Authd.Core.Logging;

namespace Authd.Modules.Custom;

/// <summary>authcustom: knows nobody. docs/WRITING-A-MODULE.md tells how to add a module that does.</summary>
/// <param name="log">Takes the debug line.</param>
public sealed class CustomModule(Log log) : IAuthModule
{
    /// <summary>As in authmodulelist.</summary>
    public const string ModuleName = "authcustom";

    /// <inheritdoc/>
    public string Name => ModuleName;

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> LookupAsync(LookupRequest request, CancellationToken cancel) => Nobody();

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> AuthenticateAsync(AuthRequest request, CancellationToken cancel) => Nobody();

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> ChangePasswordAsync(PasswordChange request, CancellationToken cancel) =>
        ValueTask.FromResult(AuthOutcome.Reject(Reasons.UnknownUser));

    /// <inheritdoc/>
    public IAsyncEnumerable<Account>? EnumerateAsync(CancellationToken cancel) => null;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private ValueTask<AuthOutcome> Nobody()
    {
        log.Debug($"{ModuleName}: nothing implemented in do_auth_custom()");
        return ValueTask.FromResult(AuthOutcome.Reject(Reasons.UnknownUser));
    }
}
