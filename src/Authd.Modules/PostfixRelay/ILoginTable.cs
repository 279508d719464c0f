using Authd.Core.Chain;
using Authd.Core.Logging;

namespace Authd.Modules.PostfixRelay;

/// <summary>One login.</summary>
/// <param name="Address">The client's address (<see cref="RelayAddress.Text"/>).</param>
/// <param name="Time">The time of the login, seconds since 1970.</param>
public sealed record Login(string Address, long Time);

/// <summary>
/// A table in which Postfix looks addresses up. Methods may block for seconds, and only one thread at a time may use them. They
/// throw when the table is away or wrong; <see cref="LoginTable.Explain"/> tells expected exceptions from bugs.
/// </summary>
public interface ILoginTable : IDisposable
{
    /// <summary>Inserts or replaces; a permanent entry (see <see cref="LoginTime"/>) stays as it is.</summary>
    void Record(IReadOnlyCollection<Login> logins);

    /// <summary>Removes the entries of logins at <paramref name="time"/> and before; permanent ones stay.</summary>
    void RemoveUpTo(long time);

    /// <summary>Adds the files and rights that a process which is not root needs to write to the table.</summary>
    void AddNeeds(WorkerNeeds needs);

    /// <summary>Closes files and connections kept open for the next use.</summary>
    void CloseIdle();

    /// <summary>Answers Postfix until disposed, for a table that Postfix
    /// asks the daemon for; <c>null</c>: Postfix reads it itself.</summary>
    /// <param name="expireMinutes">Older logins do not count; 0: all count.</param>
    /// <param name="log">The log.</param>
    IDisposable? Serve(int expireMinutes, Log log) => null;
}

/// <summary>A table could not be used. The message holds all details.</summary>
public sealed class LoginTableException : IOException
{
    /// <summary>No details.</summary>
    public LoginTableException() { }

    /// <summary>With the reason.</summary>
    public LoginTableException(string message) : base(message) { }

    /// <summary>With the reason and its cause.</summary>
    public LoginTableException(string message, Exception inner) : base(message, inner) { }
}
