namespace Authd.Tools;

/// <summary>A request that failed; the message is the reason in the C library's words.</summary>
public sealed class AuthClientException : Exception
{
    /// <summary>EPERM: the daemon rejected the request.</summary>
    public const string Rejected = "Operation not permitted";

    /// <summary>EIO: no answer, or an incomplete one; a later request may succeed.</summary>
    public const string NoAnswer = "Input/output error";

    /// <summary>EINVAL: the request cannot be expressed in the protocol; nothing was sent.</summary>
    public const string Inexpressible = "Invalid argument";

    /// <summary>An exception without details.</summary>
    public AuthClientException() { }

    /// <summary>With the reason.</summary>
    public AuthClientException(string message) : base(message) { }

    /// <summary>With the reason and its cause.</summary>
    public AuthClientException(string message, Exception inner) : base(message, inner) { }
}
