// Where a pool's connections to the directory come from.
using Authd.Linux.Events;
using Authd.Linux.Ldap;
using Authd.Modules.Pool;

namespace Authd.Modules.Ldap;

/// <summary>How connections are used.</summary>
/// <param name="IsBound">They are bound as LDAP_BINDDN.</param>
/// <param name="AtOnce">Requests that may be under way on one.</param>
/// <param name="IsSingle">Each serves for one request only.</param>
internal sealed record LdapUse(bool IsBound, int AtOnce, bool IsSingle);

/// <summary>Connections for one use. Failures reach the log through <see cref="LdapServers"/>, server by server.</summary>
internal sealed class LdapSource(LdapServers servers, LdapUse use, TimeSpan attemptLimit) : IConnectionSource<LdapRequest>
{
    /// <inheritdoc/>
    public string ModuleName => LdapModule.ModuleName;

    /// <inheritdoc/>
    public string? LostLine => null;

    /// <inheritdoc/>
    public string? BackLine => null;

    /// <inheritdoc/>
    public TimeSpan AttemptLimit => attemptLimit;

    /// <inheritdoc/>
    public async Task<PooledConnection<LdapRequest>> OpenAsync(CancellationToken cancel)
    {
        (LdapConnection handle, LdapServer server) = await OwnThread.OpenAsync(Open, static opened => opened.Connection.Dispose(), cancel);
        try
        {
            return new LdapPooledConnection(handle, server, servers, use, EventLoop.OfProcess);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ConnectFailure Explain(Exception failure) =>
        new(failure is OperationCanceledException ? "connecting takes too long" : failure.Message, []);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private (LdapConnection Connection, LdapServer Server) Open() =>
        servers.Open(use.IsBound) ?? throw new LdapException("no server can be connected to");
}
