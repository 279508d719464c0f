namespace Authd.Core;

/// <summary>
/// Stands in the chain for a name in authmodulelist whose module does not exist or whose library is not installed. It rejects
/// every user; a chain that consists of missing modules fails temporarily.
/// </summary>
/// <param name="name">The name in authmodulelist.</param>
public sealed class MissingModule(string name) : IAuthModule
{
    private static readonly AuthOutcome NotAsked = AuthOutcome.Reject(Reasons.PassedOver);

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> LookupAsync(LookupRequest request, CancellationToken cancel) => new(NotAsked);

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> AuthenticateAsync(AuthRequest request, CancellationToken cancel) => new(NotAsked);

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> ChangePasswordAsync(PasswordChange request, CancellationToken cancel) => new(NotAsked);

    /// <inheritdoc/>
    public IAsyncEnumerable<Account>? EnumerateAsync(CancellationToken cancel) => null;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
