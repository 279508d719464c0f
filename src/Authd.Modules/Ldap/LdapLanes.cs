// Where the pools of connections to the directory get theirs from.
using Authd.Interop;
using Authd.Modules.Lanes;

namespace Authd.Modules.Ldap;

/// <summary>Connections of one kind. What goes wrong is told by <see cref="LdapServers"/>, server by server.</summary>
/// <param name="servers">Where to.</param>
/// <param name="limits">How long connecting may take.</param>
/// <param name="bound">Connections are bound as LDAP_BINDDN.</param>
/// <param name="single">A connection serves for one operation only.</param>
internal sealed class LdapLanes(LdapServers servers, LaneLimits limits, bool bound, bool single) : ILaneSource<LdapJob>
{
    /// <inheritdoc/>
    public string ModuleName => LdapModule.ModuleName;

    /// <inheritdoc/>
    public string? LostLine => null;

    /// <inheritdoc/>
    public string? BackLine => null;

    /// <inheritdoc/>
    public TimeSpan AttemptLimit => limits.AnswerTimeout + TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task<Lane<LdapJob>> OpenAsync(CancellationToken cancel)
    {
        LaneThread thread = new("ldap", continues: true);
        (LdapConnection connection, LdapServer server) = await thread.OpenAsync(
            () => servers.Open(bound) ?? throw new LdapException("no server can be connected to"),
            static opened => opened.Connection.Dispose(),
            cancel);
        return new LdapLane(connection, server, servers, thread, serves: !single);
    }

    /// <inheritdoc/>
    public Absence Explain(Exception failure) => new(failure.Message, []);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
