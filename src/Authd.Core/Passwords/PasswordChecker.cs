// Checks a password against what an account has stored, and makes the hash of a new one.
using System.Security.Cryptography;
using Authd.Core.Logging;

namespace Authd.Core.Passwords;

/// <summary>Verifies and makes password hashes for all modules, with the debug lines they share.</summary>
/// <param name="crypt">The system's crypt().</param>
/// <param name="slow">Where crypt() runs: it takes from 0.1 to hundreds of milliseconds.</param>
/// <param name="log">Takes "password matches successfully" and its opposites.</param>
/// <param name="policy">What a password change keeps; without one, the usual.</param>
public sealed class PasswordChecker(ISystemCrypt crypt, BlockingWork slow, Log log, PasswordPolicy? policy = null)
{
    /// <summary>In place of a hash: checking takes no time that could be noticed.</summary>
    private const string NoCost = "";

    private readonly PasswordHasher _hasher = new(crypt, policy);
    private int _saidMissing;
    private volatile string? _lastSeen;

    /// <summary>Whether <paramref name="password"/> (wire text) is the one that <paramref name="stored"/> is the hash of.</summary>
    /// <exception cref="UnverifiablePasswordException">Nobody can tell here.</exception>
    public async ValueTask<bool> MatchesAsync(string stored, string password, CancellationToken cancel)
    {
        PasswordScheme scheme = PasswordScheme.Of(stored);
        string rest = scheme.Rest(stored);
        byte[] bytes = WireText.ToBytes(password);

        bool matches;
        if (scheme.Form == StoredForm.Crypt)
        {
            string? hash = await slow.RunAsync(() => Crypt(bytes, rest), cancel);
            matches = SameText(hash, rest);
            _lastSeen = hash is null ? _lastSeen : rest;
        }
        else
        {
            // A digest takes a microsecond: less than the way to another thread.
            matches = MatchesInline(scheme, rest, bytes);
            _lastSeen = NoCost;
        }

        LogResult(matches, stored, password);
        return matches;
    }

    /// <summary>Whether <paramref name="password"/> equals the stored clear text; constant time.</summary>
    public bool MatchesClear(string stored, string password)
    {
        bool matches = SameSecret(WireText.ToBytes(stored), WireText.ToBytes(password));
        _lastSeen = NoCost;
        if (!matches)
        {
            LogMismatch("clearpasswd", stored, password);
        }

        return matches;
    }

    /// <summary>
    /// Spends what a check costs, on the same threads, for a user that is not there: by the method, and at the cost, of the
    /// hash that was checked last, or else by the system's preferred method.
    /// </summary>
    public async ValueTask CheckForNobodyAsync(string password, CancellationToken cancel)
    {
        string like = _lastSeen ??= crypt.NewSetting(null) ?? NoCost;
        if (like.Length == 0)
        {
            return;
        }

        byte[] bytes = WireText.ToBytes(password);
        try
        {
            await slow.RunAsync(() => Crypt(bytes, like), cancel);
        }
        catch (Exception e) when (e is OperationCanceledException or UnverifiablePasswordException)
        {
            // There was nothing to find out.
        }
    }

    /// <summary>The hash of <paramref name="password"/> to store in place of <paramref name="old"/> (empty or null: there
    /// is none), never weaker: see <see cref="PasswordHasher.HashLike"/>.</summary>
    /// <returns><c>null</c> when the system's crypt() refuses the password (512 bytes or more).</returns>
    public async ValueTask<string?> HashLikeAsync(string? old, string password, CancellationToken cancel) =>
        await slow.RunAsync(() => _hasher.HashLike(old, password), cancel);

    private string? Crypt(byte[] password, string stored)
    {
        try
        {
            return crypt.Crypt(password, stored);
        }
        catch (DllNotFoundException missing)
        {
            if (Interlocked.Exchange(ref _saidMissing, 1) == 0)
            {
                log.Err($"a password cannot be checked, nor any other of its scheme: {missing.Message}");
            }

            throw new UnverifiablePasswordException(missing);
        }
    }

    private static bool MatchesInline(PasswordScheme scheme, string rest, byte[] password)
    {
        if (scheme.Form == StoredForm.Clear)
        {
            return SameSecret(WireText.ToBytes(rest), password);
        }

        if (scheme.SaltOf(rest) is not { } salt)
        {
            return false;
        }

        string right = scheme.Encode(password, salt);
        return scheme.Form == StoredForm.HexDigest
            ? SameText(right, rest.ToLowerInvariant())
            : SameText(right, rest) || SameText(right.TrimEnd('='), rest);
    }

    private static bool SameText(string? right, string given) =>
        right is not null && CryptographicOperations.FixedTimeEquals(WireText.ToBytes(right), WireText.ToBytes(given));

    /// <summary>Compares digests, so that the time tells nothing of the secret's length either.</summary>
    private static bool SameSecret(byte[] right, byte[] given) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(right), SHA256.HashData(given));

    private void LogResult(bool matches, string stored, string password)
    {
        if (matches)
        {
            log.Debug("password matches successfully");
        }
        else
        {
            LogMismatch("encrypted password", stored, password);
        }
    }

    private void LogMismatch(string what, string stored, string password)
    {
        if (log.ShowingPasswords)
        {
            log.DebugSecret($"supplied password '{password}' does not match {what} '{stored}'");
        }
        else
        {
            log.Debug($"supplied password does not match {what}");
        }
    }
}
