// One server of LDAP_URI, and what is known of it.
namespace Authd.Modules.Ldap;

/// <summary>A server. Times are those of <see cref="Environment.TickCount64"/>.</summary>
/// <param name="uri">Its URI.</param>
internal sealed class LdapServer(string uri)
{
    private long _lastAnswer;

    /// <summary>Its URI.</summary>
    public string Uri => uri;

    /// <summary>When it last failed, unless it has worked since; <see cref="LdapServers"/> guards it.</summary>
    public long? Failure { get; set; }

    /// <summary>When it last answered anything, on any connection: what is slow then is not silent.</summary>
    public long LastAnswer
    {
        get => Volatile.Read(ref _lastAnswer);
        set => Volatile.Write(ref _lastAnswer, value);
    }
}
