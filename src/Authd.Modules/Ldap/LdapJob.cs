// One operation on the directory that a request waits for.
using Authd.Interop;
using Authd.Modules.Lanes;

namespace Authd.Modules.Ldap;

/// <summary>How an operation ended.</summary>
/// <param name="Function">libldap's function, for the log.</param>
/// <param name="Code">A <see cref="LdapCode"/>.</param>
/// <param name="Entries">What a search found.</param>
internal readonly record struct LdapResult(string Function, int Code, IReadOnlyList<LdapEntry>? Entries = null)
{
    /// <summary>There was no server to ask; the log says why.</summary>
    public static LdapResult Away { get; } = new("", LdapCode.ServerDown);

    /// <summary>It was done.</summary>
    public bool Succeeded => Code == LdapCode.Success;
}

/// <summary>An operation that waits for a connection.</summary>
/// <param name="work">Does it: blocks, for no longer than it is given; may be called again, on another connection.</param>
/// <param name="deadline">When nobody waits any more: see <see cref="LaneClock"/>.</param>
internal sealed class LdapJob(Func<LdapConnection, TimeSpan, LdapResult> work, TimeSpan deadline)
    : LaneJob<LdapResult>(deadline, LdapResult.Away)
{
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(1);

    /// <summary>It can be tried on another connection.</summary>
    public bool HasAnotherTry => !SentAgain && LaneClock.System.Now < Deadline;

    /// <summary>Does it.</summary>
    public LdapResult Run(LdapConnection connection)
    {
        TimeSpan left = Deadline - LaneClock.System.Now;
        return work(connection, left > Least ? left : Least);
    }
}
