namespace Authd.Core.Protocol;

/// <summary>A parsed request, one of the four of courier-authlib's socket protocol.</summary>
public abstract record ClientRequest
{
    private ClientRequest() { }

    /// <summary><c>PRE selector service userid</c>.</summary>
    /// <param name="Selector"><c>.</c> for all modules, or one module's name.</param>
    /// <param name="Lookup">The lookup.</param>
    public sealed record Pre(string Selector, LookupRequest Lookup) : ClientRequest;

    /// <summary><c>AUTH length</c> and its payload.</summary>
    public sealed record Auth(AuthRequest Credentials) : ClientRequest;

    /// <summary><c>PASSWD</c>.</summary>
    public sealed record Passwd(PasswordChange Change) : ClientRequest;

    /// <summary><c>PASSWD</c> with a control byte in it: answered FAIL, no module is asked.</summary>
    public sealed record UnacceptablePasswd : ClientRequest;

    /// <summary><c>ENUMERATE</c>.</summary>
    public sealed record Enumerate : ClientRequest;
}
