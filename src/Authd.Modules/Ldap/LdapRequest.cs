using Authd.Linux.Ldap;
using Authd.Modules.Pool;

namespace Authd.Modules.Ldap;

/// <summary>Sends an operation; returns a <see cref="LdapCode"/> and the message id.</summary>
/// <param name="connection">The connection.</param>
/// <param name="limit">The time limit.</param>
/// <param name="id">The message id.</param>
internal delegate int LdapSend(LdapConnection connection, TimeSpan limit, out int id);

/// <summary>One operation.</summary>
/// <param name="Function">libldap's function, for the log.</param>
/// <param name="Send">Sends it.</param>
/// <param name="Limit">Its time limit, if that is below the request's; <c>null</c>: the request's.</param>
/// <param name="Changes">It changes the directory, so a lost one may have been done.</param>
internal sealed record LdapOperation(string Function, LdapSend Send, TimeSpan? Limit, bool Changes = false);

/// <summary>
/// A pending request: operations that follow each other on one connection, as long as they succeed. Times are those of the
/// pool's <see cref="PoolClock"/>.
/// </summary>
/// <param name="operations">The operations, at least one.</param>
/// <param name="deadline">The time when the client gives up.</param>
internal sealed class LdapRequest(LdapOperation[] operations, TimeSpan deadline) : PendingRequest<LdapResult>(deadline, LdapResult.Away)
{
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(1);
    private int _current;
    private bool _hasChanged;

    /// <summary>The current operation's message id.</summary>
    public int Id { get; private set; }

    /// <summary>The time when the current operation is given up.</summary>
    public TimeSpan Limit { get; private set; }

    /// <inheritdoc/>
    public override bool CanRepeat => !_hasChanged;

    /// <summary>The result of the current operation.</summary>
    public LdapResult Result(int code, IReadOnlyList<LdapEntry>? entries = null) =>
        new(operations[_current].Function, code, entries);

    /// <summary>Begins with the first operation: on a connection, or once more after that was lost.</summary>
    public void Begin() => _current = 0;

    /// <summary>Sends the current operation.</summary>
    /// <returns>A <see cref="LdapCode"/>.</returns>
    public int Send(LdapConnection connection, TimeSpan now)
    {
        LdapOperation operation = operations[_current];
        TimeSpan left = Deadline - now > Least ? Deadline - now : Least;
        TimeSpan limit = operation.Limit is { } given && given < left ? given : left;
        (Sent, Limit) = (now, now + limit);
        _hasChanged |= operation.Changes;
        int code = operation.Send(connection, limit, out int id);
        Id = id;
        return code;
    }

    /// <summary>Moves to the next operation after a success; false: it was the last one.</summary>
    public bool Advance()
    {
        bool another = _current < operations.Length - 1;
        _current += another ? 1 : 0;
        return another;
    }
}
