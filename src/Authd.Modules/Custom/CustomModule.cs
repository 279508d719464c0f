using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Logging;

namespace Authd.Modules.Custom;

/// <summary>authcustom: a name in old module lists, which rejects every user as it does in courier-authlib.
/// docs/WRITING-A-MODULE.md describes how to add a module of one's own.</summary>
/// <param name="log">Takes the debug line.</param>
public sealed class CustomModule(Log log) : IAuthModule
{
    /// <summary>The name in authmodulelist.</summary>
    public const string ModuleName = "authcustom";

    /// <summary>The entry of authmodulelist.</summary>
    public static ModuleDescriptor Descriptor { get; } = new(ModuleName)
    {
        Stores = StoredPasswords.None,
        Create = static services => new CustomModule(services.Log),
    };

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
