// Checks a password against what an account has stored, and makes the hash of a new one.
using Authd.Core.Logging;

namespace Authd.Core.Passwords;

/// <summary>Verifies and makes password hashes for all modules, with the debug lines they share.</summary>
/// <param name="crypt">The system's crypt().</param>
/// <param name="slow">Where crypt() runs: it takes from 0.1 to hundreds of milliseconds.</param>
/// <param name="log">Takes "password matches successfully" and its opposites.</param>
public sealed class PasswordChecker(ISystemCrypt crypt, BlockingWork slow, Log log)
{
    /// <summary>Whether <paramref name="password"/> (wire text) is the one that <paramref name="stored"/> is the hash of.</summary>
    public ValueTask<bool> MatchesAsync(string stored, string password, CancellationToken cancel) =>
        throw new NotSupportedException($"{crypt} {slow} {log}");

    /// <summary>Whether <paramref name="password"/> equals the stored clear text; constant time.</summary>
    public bool MatchesClear(string stored, string password) => throw new NotSupportedException($"{log}");

    /// <summary>The hash of <paramref name="password"/> to store in place of <paramref name="old"/> (empty or null: there
    /// is none): the same scheme, unless that is weaker than the configured minimum.</summary>
    public ValueTask<string> HashLikeAsync(string? old, string password, CancellationToken cancel) =>
        throw new NotSupportedException($"{crypt}");
}
