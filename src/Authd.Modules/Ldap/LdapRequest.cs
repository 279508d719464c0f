// What a client's request has the directory do, from its queueing to its answer.
using Authd.Interop;

namespace Authd.Modules.Ldap;

/// <summary>Sends an operation: gives a <see cref="LdapCode"/> and the message id.</summary>
/// <param name="connection">Where to.</param>
/// <param name="limit">How long it may take.</param>
/// <param name="id">The message id.</param>
internal delegate int LdapSend(LdapConnection connection, TimeSpan limit, out int id);

/// <summary>One operation.</summary>
/// <param name="Function">libldap's function, for the log.</param>
/// <param name="Send">Sends it.</param>
/// <param name="Limit">How long it may take, where the request may take longer; <c>null</c>: no less than that.</param>
/// <param name="Changes">It changes the directory: nobody can tell whether one that was lost has been done.</param>
internal sealed record LdapOperation(string Function, LdapSend Send, TimeSpan? Limit, bool Changes = false);

/// <summary>
/// A pending request: operations that follow each other on one connection, as long as they succeed. Times are those of
/// <see cref="Environment.TickCount64"/>; <see cref="LdapPool"/> guards it.
/// </summary>
/// <param name="operations">At least one.</param>
/// <param name="deadline">When nobody waits any more.</param>
internal sealed class LdapRequest(LdapOperation[] operations, long deadline)
{
    // What continues does so on the thread that has the answer: a login's next step, or writing the reply.
    private readonly TaskCompletionSource<LdapResult> _answer = new();
    private int _current;
    private bool _hasChanged;
    private bool _sentAgain;
    private LdapResult _result = LdapResult.Away;
    private Exception? _bug;

    /// <summary>The answer, when it comes.</summary>
    public Task<LdapResult> Answer => _answer.Task;

    /// <summary>When it is given up, even if it has not been sent.</summary>
    public long Deadline { get; set; } = deadline;

    /// <summary>The current operation's message id.</summary>
    public int Id { get; private set; }

    /// <summary>When the current operation was sent.</summary>
    public long Sent { get; private set; }

    /// <summary>When the current operation is given up.</summary>
    public long Limit { get; private set; }

    /// <summary>How the current operation ended.</summary>
    public LdapResult Result(int code, IReadOnlyList<LdapEntry>? entries = null) =>
        new(operations[_current].Function, code, entries);

    /// <summary>Sends the current operation.</summary>
    public int Send(LdapConnection connection, long now)
    {
        LdapOperation operation = operations[_current];
        TimeSpan left = TimeSpan.FromMilliseconds(Math.Max(1, Deadline - now));
        TimeSpan limit = operation.Limit is { } given && given < left ? given : left;
        (Sent, Limit) = (now, now + (long)limit.TotalMilliseconds);
        _hasChanged |= operation.Changes;
        int code = operation.Send(connection, limit, out int id);
        Id = id;
        return code;
    }

    /// <summary>The current operation has succeeded; false: it was the last one.</summary>
    public bool Advance()
    {
        bool another = _current < operations.Length - 1;
        _current += another ? 1 : 0;
        return another;
    }

    /// <summary>Begins afresh after its connection was lost. That happens once, and never to a change.</summary>
    public bool TryAgain(long now)
    {
        bool again = !_sentAgain && !_hasChanged && now < Deadline;
        if (again)
        {
            (_sentAgain, _current) = (true, 0);
        }

        return again;
    }

    /// <summary>This is the answer; <see cref="Finish"/> hands it over.</summary>
    public void Settle(LdapResult result) => _result = result;

    /// <summary>A mistake of the program is the request's, not the connection's.</summary>
    public void Settle(Exception bug) => _bug = bug;

    /// <summary>Hands the answer over: whoever waits for it goes on in here.</summary>
    public void Finish()
    {
        if (_bug is not null)
        {
            _answer.TrySetException(_bug);
        }
        else
        {
            _answer.TrySetResult(_result);
        }
    }
}
