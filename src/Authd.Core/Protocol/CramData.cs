using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Authd.Core.Logging;

namespace Authd.Core.Protocol;

/// <summary>The decoded challenge and response of authtypes cram-md5 (RFC 2195), cram-sha1 and cram-sha256.</summary>
/// <param name="Hash">The hash.</param>
/// <param name="User">The name, which stands before the response's last blank; may hold blanks.</param>
/// <param name="Challenge">The decoded challenge up to its first NUL, as bytes.</param>
/// <param name="Digest">The response's hexadecimal digest, as sent.</param>
public sealed record CramData(CramHash Hash, string User, byte[] Challenge, string Digest)
{
    private const int MaxStrayBytes = 2;

    private static readonly SearchValues<char> Base64Chars =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");

    /// <summary>Reads a CRAM request, with the debug lines that courier-authlib
    /// writes for it. False: the request is malformed.</summary>
    /// <param name="request">The request.</param>
    /// <param name="log">Takes the debug lines. Challenge and response
    /// allow guessing the password, so they appear only at level 2.</param>
    /// <param name="cram">The decoded response.</param>
    public static bool TryParse(AuthRequest request, Log log, [NotNullWhen(true)] out CramData? cram)
    {
        cram = null;
        ReadOnlySpan<char> rest = request.AuthData;
        string challenge = LoginData.NextToken(ref rest).ToString();
        string response = LoginData.NextToken(ref rest).ToString();
        if (!request.AuthType.StartsWith("cram-", StringComparison.Ordinal) || response.Length == 0)
        {
            log.Debug($"Unsupported authentication type: {request.AuthType}");
            return false;
        }

        log.DebugSecret($"cram: challenge={challenge}, response={response}");
        if (!CramHashes.TryParse(request.AuthType["cram-".Length..], out CramHash hash)
            || Decode(challenge) is not { } message || Decode(response) is not { } answer)
        {
            log.Debug($"cram: invalid base64 encoding, or unknown method: {request.AuthType}");
            return false;
        }

        // The last blank of all bytes is the separator; a NUL ends each part by itself, as in courier-authlib.
        int blank = answer.AsSpan().LastIndexOf((byte)' ');
        if (blank < 0)
        {
            log.Debug("cram: invalid base64 encoding");
            return false;
        }

        string user = WireText.FromBytes(WireText.UpToNul(answer.AsSpan(0, blank)));
        string digest = WireText.FromBytes(WireText.UpToNul(answer.AsSpan(blank + 1)));
        cram = new CramData(hash, user, WireText.UpToNul(message).ToArray(), digest);
        log.Debug($"cram: decoded challenge/response, username '{cram.User}'");
        return true;
    }

    /// <summary>Decodes standard base64 with padding and without white space. After a text that needs no padding, up to two bytes
    /// outside the alphabet are accepted: courier-authlib does so for clients that end lines in CR LF.</summary>
    private static byte[]? Decode(string text)
    {
        int end = text.AsSpan().IndexOfAnyExcept(Base64Chars);
        string whole = end < 0 ? text : text[..end];
        if (text.Length - whole.Length > MaxStrayBytes || (end >= 0 && whole.EndsWith('=')))
        {
            return null;
        }

        byte[] buffer = new byte[whole.Length];
        return Convert.TryFromBase64String(whole, buffer, out int written) ? buffer[..written] : null;
    }
}
