// What a type of login table has to do.
using Authd.Core.Logging;

namespace Authd.Modules.Postfix;

/// <summary>One login.</summary>
/// <param name="Address">The client's address (<see cref="RelayAddress.Text"/>).</param>
/// <param name="Time">When, seconds since 1970.</param>
public sealed record Login(string Address, long Time);

/// <summary>
/// A table that Postfix looks addresses up in. Methods block, for seconds at the worst; one thread at a time may use them.
/// They throw when the table is away or wrong: <see cref="LoginTable.Explain"/> knows what is to be expected.
/// </summary>
public interface ILoginTable : IDisposable
{
    /// <summary>Inserts or replaces; a permanent entry (see <see cref="LoginTime"/>) stays as it is.</summary>
    void Record(IReadOnlyCollection<Login> logins);

    /// <summary>Removes the entries of logins at <paramref name="time"/> and before; permanent ones stay.</summary>
    void RemoveUpTo(long time);

    /// <summary>Closes what was left open for the next use.</summary>
    void Rest();

    /// <summary>Answers Postfix until disposed, where Postfix asks the daemon; <c>null</c> where it reads the table.</summary>
    /// <param name="expireMinutes">Older logins do not count; 0: all do.</param>
    /// <param name="log">The log.</param>
    IDisposable? Serve(int expireMinutes, Log log) => null;
}

/// <summary>A table could not be used; the message says everything.</summary>
public sealed class LoginTableException : IOException
{
    /// <summary>No details.</summary>
    public LoginTableException() { }

    /// <summary>With the reason.</summary>
    public LoginTableException(string message) : base(message) { }

    /// <summary>With the reason and its cause.</summary>
    public LoginTableException(string message, Exception inner) : base(message, inner) { }
}
