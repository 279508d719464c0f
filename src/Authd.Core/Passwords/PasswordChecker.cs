// Checks a password against an account's stored one, and makes the hash of a new one.
using System.Security.Cryptography;
using Authd.Core.Logging;

namespace Authd.Core.Passwords;

/// <summary>Verifies and makes password hashes for all modules, with their common debug lines.</summary>
/// <param name="crypt">The system's crypt().</param>
/// <param name="slow">The threads for crypt(), which takes from 0.1 to hundreds of milliseconds.</param>
/// <param name="log">Takes "password matches successfully" and the opposite lines.</param>
/// <param name="policy">The policy for password changes; <c>null</c>: the default.</param>
public sealed class PasswordChecker(ISystemCrypt crypt, BlockingWork slow, Log log, PasswordPolicy? policy = null)
{
    private readonly PasswordHasher _hasher = new(crypt, policy);
    private readonly PasswordPolicy _policy = policy ?? new PasswordPolicy();
    private int _saidMissing;
    private readonly RepeatedWarning _tooMany = new(log.Warn, TimeProvider.System);

    /// <summary>The texts of crypt() that the account had which was checked last, as a measure of the cost; <c>null</c>: none has been.</summary>
    private volatile string[]? _lastSeen;

    /// <summary>Whether <paramref name="password"/> (wire text) is the one that <paramref name="stored"/> is the hash of, or one of
    /// its hashes: see <see cref="StoredHash"/>.</summary>
    /// <exception cref="UnverifiablePasswordException">Nobody can tell here.</exception>
    public async ValueTask<bool> MatchesAsync(string stored, string password, CancellationToken cancel)
    {
        IReadOnlyList<StoredHash> hashes = HashesIn(stored);
        if (hashes is [{ IsOnly: true } only])
        {
            return await MatchesOneAsync(only.Text, password, cancel);
        }

        if (hashes[^1].After.AsSpan().ContainsAnyExcept(' '))
        {
            _tooMany.Say($"an account has more than {_policy.Hashes} hashes, and the further ones let nobody in: see [passwords] hashes");
        }

        List<StoredHash> found = await MatchingAsync(hashes, password, all: false, cancel);
        NoteCost(hashes);
        return found.Count > 0;
    }

    /// <summary>The hashes that count in an account's field, in their order.</summary>
    public IReadOnlyList<StoredHash> HashesIn(string stored) => StoredHash.In(stored, _policy.Hashes);

    /// <summary>
    /// The hash that a change of <paramref name="password"/> replaces. Where there is only one, it is not checked again. Of several,
    /// further hashes of the same password go. <c>null</c>: there are several, and none is that password's.
    /// </summary>
    /// <exception cref="UnverifiablePasswordException">Nobody can tell here.</exception>
    public async ValueTask<StoredHash?> FindAsync(string stored, string password, CancellationToken cancel)
    {
        IReadOnlyList<StoredHash> hashes = HashesIn(stored);
        if (hashes is [{ IsOnly: true } only])
        {
            return only;
        }

        List<StoredHash> found = await MatchingAsync(hashes, password, all: true, cancel);
        if (found.Count == 0)
        {
            return null;
        }

        string after = "";
        int at = found[0].End;
        foreach (StoredHash again in found.Skip(1))
        {
            after += stored[at..again.Before.Length].TrimEnd(' ');
            at = again.End;
        }

        return found[0] with { After = after + stored[at..] };
    }

    /// <summary>Those that match; without <paramref name="all"/> only the first.</summary>
    private async ValueTask<List<StoredHash>> MatchingAsync(
        IReadOnlyList<StoredHash> hashes, string password, bool all, CancellationToken cancel)
    {
        List<StoredHash> found = [];
        UnverifiablePasswordException? unverifiable = null;
        foreach (StoredHash hash in hashes)
        {
            try
            {
                if (await MatchesOneAsync(hash.Text, password, cancel))
                {
                    found.Add(hash);
                }
            }
            catch (UnverifiablePasswordException e)
            {
                unverifiable = e;
            }

            if (found.Count > 0 && !all)
            {
                break;
            }
        }

        return found.Count > 0 || unverifiable is null ? found : throw unverifiable;
    }

    private void NoteCost(IReadOnlyList<StoredHash> hashes) => _lastSeen =
    [
        .. from hash in hashes
           let scheme = PasswordScheme.Of(hash.Text)
           where scheme.Form == StoredForm.Crypt
           select scheme.Rest(hash.Text),
    ];

    private async ValueTask<bool> MatchesOneAsync(string stored, string password, CancellationToken cancel)
    {
        PasswordScheme scheme = PasswordScheme.Of(stored);
        string rest = scheme.Rest(stored);
        byte[] bytes = WireText.ToBytes(password);

        bool matches;
        try
        {
            if (scheme.Form == StoredForm.Crypt)
            {
                string? hash = await slow.RunAsync(() => Crypt(bytes, rest), cancel);
                matches = SameText(hash, rest);
                _lastSeen = hash is null ? _lastSeen : [rest];
            }
            else
            {
                // A digest takes a microsecond, less than the switch to another thread.
                matches = MatchesInline(scheme, rest, bytes);
                _lastSeen = [];
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }

        LogResult(matches, stored, password);
        return matches;
    }

    /// <summary>
    /// Why a login with <paramref name="password"/> is rejected, <c>null</c>: it is not. An account that is locked, or whose stored
    /// text no password can match, differs from a wrong password.
    /// </summary>
    /// <returns>One of <see cref="Reasons"/>, the name of a scheme behind it where it needs one; nothing of a secret.</returns>
    /// <exception cref="UnverifiablePasswordException">Nobody can tell here.</exception>
    public async ValueTask<string?> RefusalAsync(string stored, string password, CancellationToken cancel)
    {
        if (await MatchesAsync(stored, password, cancel))
        {
            return null;
        }

        // Of several hashes one that is sound makes it a wrong password.
        string?[] doubts = [.. HashesIn(stored).Select(static hash => StoredPasswordDoubts.Of(hash.Text))];
        return doubts.Contains(null) ? Reasons.WrongPassword : doubts[0];
    }

    /// <summary>Whether <paramref name="password"/> equals the stored clear text; constant time.</summary>
    public bool MatchesClear(string stored, string password)
    {
        bool matches = SameSecret(WireText.ToBytes(stored), WireText.ToBytes(password));
        _lastSeen = [];
        if (!matches)
        {
            LogMismatch("clearpasswd", stored, password);
        }

        return matches;
    }

    /// <summary>
    /// Spends what a check costs, on the same threads, for a user that is not there: by the methods, and at the cost, of the
    /// hashes of the account that was checked last, or else by the system's preferred method.
    /// </summary>
    public async ValueTask CheckForNobodyAsync(string password, CancellationToken cancel)
    {
        string[] spent = _lastSeen ??= crypt.NewSetting(null) is { } usual ? [usual] : [];
        if (spent.Length == 0)
        {
            return;
        }

        byte[] bytes = WireText.ToBytes(password);
        try
        {
            foreach (string like in spent)
            {
                await slow.RunAsync(() => Crypt(bytes, like), cancel);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or UnverifiablePasswordException)
        {
            // The result does not matter.
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>The field to store in place of <paramref name="stored"/>, with a new password's hash in place of the old one's, never
    /// weaker: see <see cref="PasswordHasher.HashLike"/>. Other hashes stay, and so does everything if none is the old password's.</summary>
    /// <returns><c>null</c> when the system's crypt() refuses the new password (512 bytes or more).</returns>
    /// <exception cref="UnverifiablePasswordException">Nobody can tell here which one is the old password's.</exception>
    public async ValueTask<string?> RenewAsync(string? stored, string oldPassword, string newPassword, CancellationToken cancel)
    {
        if (await FindAsync(stored ?? "", oldPassword, cancel) is not { } place)
        {
            return stored;
        }

        return await slow.RunAsync(() => _hasher.HashLike(place.Text, newPassword), cancel) is { } hash ? place.With(hash) : null;
    }

    /// <summary>The forms to try for a new password's hash, the best first: see <see cref="PasswordPolicy.FormsAfter"/>.</summary>
    public IReadOnlyList<string> FormsAfter(string? old) => _policy.FormsAfter(old ?? "");

    /// <summary>The hash of <paramref name="password"/> in one of <see cref="FormsAfter"/>.</summary>
    /// <returns>As for <see cref="RenewAsync"/>.</returns>
    public async ValueTask<string?> HashAsync(string form, string password, CancellationToken cancel) =>
        await slow.RunAsync(() => _hasher.Hash(form, password), cancel);

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

    /// <summary>Compares digests, so that the time does not even reveal the secret's length.</summary>
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
