// One operation on the directory that a request waits for.
using Authd.Interop;

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

/// <summary>An operation in the queue of a <see cref="LdapPool"/>.</summary>
/// <param name="work">Does it: blocks, for no longer than it is given; may be called again, on another connection.</param>
/// <param name="deadline">When nobody waits any more: <see cref="Environment.TickCount64"/>.</param>
internal sealed class LdapJob(Func<LdapConnection, TimeSpan, LdapResult> work, long deadline)
{
    // Continuations run on the thread that has the answer: a login's next step, or writing the reply.
    private readonly TaskCompletionSource<LdapResult> _answer = new();

    /// <summary>The answer.</summary>
    public Task<LdapResult> Answer => _answer.Task;

    /// <summary>When nobody waits any more.</summary>
    public long Deadline { get; set; } = deadline;

    /// <summary>It has been tried on a connection that turned out to be dead.</summary>
    public bool SentAgain { get; set; }

    /// <summary>Does it.</summary>
    public LdapResult Run(LdapConnection connection, long now)
    {
        try
        {
            return work(connection, TimeSpan.FromMilliseconds(Math.Max(1, Deadline - now)));
        }
        catch (Exception bug)
        {
            // It is the request's; on a thread of ours it would end the process.
            _answer.TrySetException(bug);
            SentAgain = true;
            return LdapResult.Away;
        }
    }

    /// <summary>Gives the answer to whoever still waits.</summary>
    public void Complete(LdapResult result) => _answer.TrySetResult(result);
}
