using Authd.Modules.Pool;

namespace Authd.Modules.Ldap;

/// <summary>A server. Times are those of <see cref="PoolClock.System"/>.</summary>
/// <param name="uri">Its URI.</param>
internal sealed class LdapServer(string uri)
{
    private long _lastAnswer;

    /// <summary>Its URI.</summary>
    public string Uri => uri;

    /// <summary>The time of its last failure, unless it has worked since; <see cref="LdapServers"/> guards it.</summary>
    public TimeSpan? Failure { get; set; }

    /// <summary>It failed because it does not let us in; <see cref="LdapServers"/> guards it.</summary>
    public bool Refuses { get; set; }

    /// <summary>The time of its last answer on any connection: a slow request is then no sign of a silent server.</summary>
    public TimeSpan LastAnswer
    {
        get => new(Volatile.Read(ref _lastAnswer));
        set => Volatile.Write(ref _lastAnswer, value.Ticks);
    }
}
