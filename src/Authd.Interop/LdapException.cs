// A libldap call without which there is no connection.
namespace Authd.Interop;

/// <summary>A call failed while a connection was made: the message is <c>FUNCTION failed: TEXT</c>.</summary>
public sealed class LdapException : Exception
{
    /// <summary>No details.</summary>
    public LdapException() { }

    /// <summary>With a message of its own.</summary>
    public LdapException(string message) : base(message) { }

    /// <summary>With a message and its cause.</summary>
    public LdapException(string message, Exception inner) : base(message, inner) { }

    /// <summary>Names the function, the reason and, where the library has more to say (TLS), its details.</summary>
    public LdapException(string function, int code, string? details)
        : base($"{function} failed: {LdapCode.Text(code)}{(details is null ? "" : $" ({details})")}")
    {
    }
}
