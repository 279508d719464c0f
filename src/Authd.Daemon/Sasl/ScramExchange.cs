// SCRAM-SHA-256 (RFC 5802, RFC 7677) for accounts whose password is stored in clear text.
using System.Security.Cryptography;
using System.Text;
using Authd.Core;
using Authd.Core.Protocol;

namespace Authd.Daemon.Sasl;

/// <summary>
/// Client and server prove to each other that they know the password, without sending it. A right proof becomes a login with the
/// stored password, a wrong one a login with an impossible password. The modules' own rules (locked accounts, penalties, lines in
/// the log) therefore hold as for any other mechanism.
/// </summary>
/// <remarks>
/// No channel binding. Names and passwords are compared byte by byte (UTF-8), without SASLprep. An unknown user gets the same
/// kind of challenge as any other.
/// </remarks>
internal sealed class ScramExchange(SaslPartner partner) : SaslExchange(partner)
{
    private const int Iterations = 4096;
    private const int SaltBytes = 16;
    private const int NonceBytes = 18;

    private string? _user;
    private string _clientFirst = "";
    private string _header = "";
    private string _serverFirst = "";
    private string _nonce = "";
    private byte[] _salt = [];
    private string? _password;
    private AuthRequest? _login;

    internal override async ValueTask<SaslStep> NextAsync(byte[]? response, CancellationToken cancel)
    {
        if (response is null)
        {
            return new SaslStep(Challenge: []);
        }

        string said = WireText.FromBytes(response);
        if (_login is not null)
        {
            // The client has seen the server's proof.
            return said.Length == 0 ? new SaslStep(Login: _login) : default;
        }

        return _user is null ? await BeginAsync(said, cancel) : await ProveAsync(said, cancel);
    }

    private async ValueTask<SaslStep> BeginAsync(string said, CancellationToken cancel)
    {
        // gs2-header: no channel binding ("n" or "y"), and no other identity.
        if (!said.StartsWith("n,,", StringComparison.Ordinal) && !said.StartsWith("y,,", StringComparison.Ordinal))
        {
            return default;
        }

        _header = said[..3];
        _clientFirst = said[3..];
        if (_clientFirst.Split(',') is not [['n', '=', .. var name], ['r', '=', .. { Length: > 0 } nonce], ..]
            || name.Length == 0 || name.AsSpan().ContainsAny('\0', '\n'))
        {
            return default;
        }

        _user = name.Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);
        AuthOutcome found = await Partner.LookUp(_user, cancel);
        if (found.Verdict == Verdict.TempFail)
        {
            return new SaslStep(Failed: true);
        }

        _password = found.Account?.ClearPassword is { Length: > 0 } clear && !clear.Contains('\n', StringComparison.Ordinal)
            ? clear : null;
        _salt = RandomNumberGenerator.GetBytes(SaltBytes);
        _nonce = nonce + Convert.ToBase64String(RandomNumberGenerator.GetBytes(NonceBytes));
        _serverFirst = $"r={_nonce},s={Convert.ToBase64String(_salt)},i={Iterations}";
        return new SaslStep(Challenge: WireText.ToBytes(_serverFirst));
    }

    private async ValueTask<SaslStep> ProveAsync(string said, CancellationToken cancel)
    {
        int mark = said.LastIndexOf(",p=", StringComparison.Ordinal);
        if (mark < 0 || SaslCommand.Decode(said[(mark + 3)..]) is not { } proof)
        {
            return default;
        }

        string final = said[..mark];
        string expected = $"c={Convert.ToBase64String(Encoding.ASCII.GetBytes(_header))},r={_nonce}";
        if (final != expected && !final.StartsWith(expected + ",", StringComparison.Ordinal))
        {
            return default;
        }

        byte[] message = WireText.ToBytes($"{_clientFirst},{_serverFirst},{final}");
        byte[]? signature = await Partner.Hashing.RunAsync(() => Check(proof, message), cancel);
        if (signature is null)
        {
            string never = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SaltBytes));
            return new SaslStep(Login: new AuthRequest(Partner.Context, LoginData.AuthType, $"{_user}\n{never}\n"));
        }

        _login = new AuthRequest(Partner.Context, LoginData.AuthType, $"{_user}\n{_password}\n");
        return new SaslStep(Challenge: WireText.ToBytes("v=" + Convert.ToBase64String(signature)));
    }

    /// <summary>The server's signature, or <c>null</c>: the client does not
    /// know the password. A check without a password takes as long.</summary>
    private byte[]? Check(byte[] proof, byte[] message)
    {
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(
            WireText.ToBytes(_password ?? ""), _salt, Iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        byte[] clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        byte[] storedKey = SHA256.HashData(clientKey);
        byte[] clientSignature = HMACSHA256.HashData(storedKey, message);
        byte[] serverSignature = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), message);
        if (proof.Length != clientSignature.Length)
        {
            return null;
        }

        byte[] claimed = [.. proof.Zip(clientSignature, static (a, b) => (byte)(a ^ b))];
        bool right = CryptographicOperations.FixedTimeEquals(SHA256.HashData(claimed), storedKey);
        return right && _password is not null ? serverSignature : null;
    }
}
