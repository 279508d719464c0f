// A connection to the directory that is kept open, and what is under way on it.
using Authd.Interop;

namespace Authd.Modules.Ldap;

/// <summary>A connection; <see cref="LdapPool"/> guards it.</summary>
/// <param name="handle">Open.</param>
/// <param name="server">To this one.</param>
internal sealed class PooledConnection(LdapConnection handle, LdapServer server)
{
    /// <summary>Requests that have been sent, by their message ids.</summary>
    public Dictionary<int, LdapRequest> Pending { get; } = [];

    /// <summary>libldap's.</summary>
    public LdapConnection Handle => handle;

    /// <summary>Its other end.</summary>
    public LdapServer Server => server;

    /// <summary>When something last came: <see cref="Environment.TickCount64"/>.</summary>
    public long LastAnswer { get; private set; } = Environment.TickCount64;

    /// <summary>It takes no more requests and is closed after the last one's answer.</summary>
    public bool IsLeaving { get; set; }

    /// <summary>The socket is full: a part of the last request is still to be written.</summary>
    public bool IsFull { get; set; }

    /// <summary>It is closed.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Something has come.</summary>
    public void Answers(long now) => LastAnswer = server.LastAnswer = now;

    /// <summary>Closes it, unless that has been done.</summary>
    public void Close()
    {
        if (!IsClosed)
        {
            IsClosed = true;
            handle.Dispose();
        }
    }
}
