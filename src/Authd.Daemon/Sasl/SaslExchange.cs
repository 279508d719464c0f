// The exchange of a login, which turns the client's responses into a request for the modules.
using System.Globalization;
using System.Security.Cryptography;
using Authd.Core;
using Authd.Core.Protocol;

namespace Authd.Daemon.Sasl;

/// <summary>The step after a response: one of the three is set, or none when the client broke the mechanism's rules.</summary>
/// <param name="Challenge">A challenge for the client to answer.</param>
/// <param name="Login">A login for the modules, whose answer is the result.</param>
/// <param name="Failed">The account cannot be looked up now.</param>
internal readonly record struct SaslStep(byte[]? Challenge = null, AuthRequest? Login = null, bool Failed = false)
{
    /// <summary>The client broke the mechanism's rules.</summary>
    internal bool IsBroken => Challenge is null && Login is null && !Failed;
}

/// <summary>One exchange; a mechanism's state between two responses.</summary>
internal abstract class SaslExchange(SaslPartner partner)
{
    /// <summary>The connection's side of the exchange.</summary>
    protected SaslPartner Partner => partner;

    /// <summary>Takes the client's next response.</summary>
    /// <param name="response">The decoded response; <c>null</c> at the beginning when the client's request held none.</param>
    /// <param name="cancel">Ends any wait.</param>
    internal abstract ValueTask<SaslStep> NextAsync(byte[]? response, CancellationToken cancel);

    /// <summary>A login with name and password; a broken exchange when the modules' protocol cannot carry them.</summary>
    protected SaslStep WithPassword(string user, string password) =>
        user.Length == 0 || password.Length == 0 || user.AsSpan().ContainsAny('\0', '\n') || password.AsSpan().ContainsAny('\0', '\n')
            ? default
            : new SaslStep(Login: new AuthRequest(partner.Context, LoginData.AuthType, $"{user}\n{password}\n"));
}

/// <summary>PLAIN (RFC 4616): identity to act as NUL name NUL password. Acting as another user is refused.</summary>
internal sealed class PlainExchange(SaslPartner partner) : SaslExchange(partner)
{
    internal override ValueTask<SaslStep> NextAsync(byte[]? response, CancellationToken cancel)
    {
        if (response is null)
        {
            return new(new SaslStep(Challenge: []));
        }

        string[] parts = WireText.FromBytes(response).Split('\0');
        return new(parts is [var identity, var user, var password] && (identity.Length == 0 || identity == user)
            ? WithPassword(user, password) : default);
    }
}

/// <summary>LOGIN: asks for the name and for the password.</summary>
internal sealed class LoginExchange(SaslPartner partner) : SaslExchange(partner)
{
    private string? _user;
    private bool _asked;

    internal override ValueTask<SaslStep> NextAsync(byte[]? response, CancellationToken cancel)
    {
        if (response is null && !_asked)
        {
            _asked = true;
            return new(new SaslStep(Challenge: "Username:"u8.ToArray()));
        }

        string said = WireText.FromBytes(response);
        if (_user is null)
        {
            _user = said;
            return new(new SaslStep(Challenge: "Password:"u8.ToArray()));
        }

        return new(WithPassword(_user, said));
    }
}

/// <summary>CRAM-MD5 (RFC 2195), and the same with SHA-1 and SHA-256:
/// the modules check the client's digest of the challenge.</summary>
internal sealed class CramExchange(SaslPartner partner, string authType) : SaslExchange(partner)
{
    private const int RandomBytes = 16;

    private byte[]? _challenge;

    internal override ValueTask<SaslStep> NextAsync(byte[]? response, CancellationToken cancel)
    {
        if (_challenge is null)
        {
            // Random bytes and the time make the challenge unique, in the form of a message id.
            string unique = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RandomBytes));
            _challenge = WireText.ToBytes(string.Create(
                CultureInfo.InvariantCulture, $"<{unique}.{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}@{Environment.MachineName}>"));

            // A client must not send a response before the challenge.
            return new(response is null ? new SaslStep(Challenge: _challenge) : default);
        }

        return new(new SaslStep(Login: new AuthRequest(
            Partner.Context, authType, $"{Convert.ToBase64String(_challenge)}\n{Convert.ToBase64String(response!)}\n")));
    }
}
