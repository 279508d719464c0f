namespace Authd.Linux.Ldap;

/// <summary>A libldap call failed while a connection was made: the message is <c>FUNCTION failed: TEXT</c>.</summary>
public sealed class LdapException : Exception
{
    /// <summary>An exception without details.</summary>
    public LdapException() { }

    /// <summary>With a message.</summary>
    public LdapException(string message) : base(message) { }

    /// <summary>With a message and its cause.</summary>
    public LdapException(string message, Exception inner) : base(message, inner) { }

    /// <summary>With the function, the reason and, where the library has them (TLS), details.</summary>
    public LdapException(string function, int code, string? details)
        : base($"{function} failed: {LdapCode.Text(code)}{(details is null ? "" : $" ({details})")}")
    {
        Code = code;
    }

    /// <summary>The same failure, with its cause and its cure in the message.</summary>
    public static LdapException Explained(LdapException failure, string message) => new(message, failure)
    {
        Code = failure.Code,
        IsExplained = true,
    };

    /// <summary>The message says what to do.</summary>
    public bool IsExplained { get; private init; }

    /// <summary>A <see cref="LdapCode"/>; <see cref="LdapCode.Success"/> if unknown.</summary>
    public int Code { get; private init; }
}
