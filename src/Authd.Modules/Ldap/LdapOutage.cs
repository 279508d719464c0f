// What is known of a directory that is away: when to try again, and how long a request may wait for the attempt.
using Authd.Core;

namespace Authd.Modules.Ldap;

/// <summary>
/// The state of an outage. Not thread-safe: <see cref="LdapPool"/> guards it. Times are milliseconds of a clock that only
/// goes forward.
/// </summary>
/// <param name="jitter">A random number from 0 to 1.</param>
internal sealed class LdapOutage(Func<double> jitter)
{
    /// <summary>How long a request may wait for an attempt from its beginning, milliseconds.</summary>
    private const int Patience = 1000;

    /// <summary>What it may wait in any case: the server may just have come back.</summary>
    private const int AtOnce = 100;

    private const int Pause = 250;
    private const int QuickFailure = 100;
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(10);
    private long _attempt;
    private bool _quick;
    private int _failures;

    /// <summary>The directory is known to be away.</summary>
    public bool Away { get; private set; }

    /// <summary>A request may start an attempt: at once when the last one failed within moments (nothing listens: trying
    /// costs next to nothing, and the first request after the return must succeed), else after a pause.</summary>
    public bool MayTry(long now) => _quick || now - _attempt >= Pause;

    /// <summary>Until when a request that comes now may wait for the attempt under way.</summary>
    public long WaitUntil(long now) => Math.Max(_attempt + Patience, now + AtOnce);

    /// <summary>An attempt to connect begins.</summary>
    public void Attempt(long now) => _attempt = now;

    /// <summary>An attempt failed, or the servers fell silent.</summary>
    public void Failed(long now)
    {
        _quick = now - _attempt < QuickFailure;
        Away = true;
        _failures++;
    }

    /// <summary>How long to wait before the next attempt of our own, milliseconds: doubles, with jitter.</summary>
    public int Backoff() =>
        (int)RetryPause.After(_failures, TimeSpan.FromMilliseconds(Pause), LongestBackoff, jitter()).TotalMilliseconds;

    /// <summary>An attempt succeeded.</summary>
    public void Over() => (Away, _failures) = (false, 0);
}
