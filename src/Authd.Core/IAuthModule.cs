// The contract between the daemon and each entry of authmodulelist.
namespace Authd.Core;

/// <summary>The properties that all requests of one client share.</summary>
/// <param name="Service">The service as the client gave it (<c>imap</c>, <c>pop3</c>, ...); wire text, may be empty.</param>
/// <param name="RemoteIp">TCPREMOTEIP of the prelude, at most 39 chars; <c>null</c> when the client sent none.</param>
public sealed record RequestContext(string Service, string? RemoteIp = null);

/// <summary>PRE: find an account without a password.</summary>
/// <param name="Context">Service and client address.</param>
/// <param name="User">The name as the client sent it; may be empty.</param>
public sealed record LookupRequest(RequestContext Context, string User);

/// <summary>AUTH: check credentials.</summary>
/// <param name="Context">Service and client address.</param>
/// <param name="AuthType"><c>login</c>, <c>cram-md5</c>, ... exactly as sent.</param>
/// <param name="AuthData">Everything after the authtype's line end; <see cref="Protocol.LoginData"/> and
/// <see cref="Protocol.CramData"/> read it.</param>
public sealed record AuthRequest(RequestContext Context, string AuthType, string AuthData);

/// <summary>PASSWD: change a password.</summary>
/// <param name="Context">Service; PASSWD carries no client address.</param>
/// <param name="User">Account name.</param>
/// <param name="OldPassword">The password to check first.</param>
/// <param name="NewPassword">The password to store.</param>
public sealed record PasswordChange(RequestContext Context, string User, string OldPassword, string NewPassword);

/// <summary>
/// One entry of authmodulelist. Methods may run at the same time and on an event loop, so they must not block; blocking calls
/// (crypt, NSS, C libraries) go through <see cref="BlockingWork"/>. For a failing back end they answer
/// <see cref="Verdict.TempFail"/> and do not throw. The token is cancelled at the request's deadline.
/// </summary>
public interface IAuthModule : IAsyncDisposable
{
    /// <summary>The name as in authmodulelist, e.g. <c>authuserdb</c>.</summary>
    string Name { get; }

    /// <summary>PRE.</summary>
    ValueTask<AuthOutcome> LookupAsync(LookupRequest request, CancellationToken cancel);

    /// <summary>AUTH.</summary>
    ValueTask<AuthOutcome> AuthenticateAsync(AuthRequest request, CancellationToken cancel);

    /// <summary>PASSWD.</summary>
    ValueTask<AuthOutcome> ChangePasswordAsync(PasswordChange request, CancellationToken cancel);

    /// <summary>
    /// All accounts (only Address, Uid, Gid, Home, Maildir and Options are used), or <c>null</c> when the module cannot
    /// list. A list that cannot be finished throws <see cref="EnumerationFailedException"/>.
    /// </summary>
    IAsyncEnumerable<Account>? EnumerateAsync(CancellationToken cancel);
}

/// <summary>Thrown while enumerating: the reply ends without its final <c>.</c> line.</summary>
public sealed class EnumerationFailedException : Exception
{
    /// <summary>An exception without details.</summary>
    public EnumerationFailedException() { }

    /// <summary>With the reason, which the module has already logged.</summary>
    public EnumerationFailedException(string message) : base(message) { }

    /// <summary>With the reason and its cause.</summary>
    public EnumerationFailedException(string message, Exception inner) : base(message, inner) { }
}
