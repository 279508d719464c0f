// The state of a server that is away: the time of the next attempt, and how long a request may wait for it.
using Authd.Core;
using Authd.Core.Logging;

namespace Authd.Modules.Pool;

/// <summary>
/// The state of an outage. Not thread-safe: <see cref="ConnectionPool{TRequest}"/> guards it. Times are those of the pool's
/// <see cref="PoolClock"/>.
/// </summary>
/// <param name="backLine">The line at the end; <c>null</c>: none.</param>
/// <param name="log">Takes the lines at the beginning of an outage and the one at its end.</param>
/// <param name="jitter">A random number from 0 to 1.</param>
public sealed class Outage(string? backLine, Log log, Func<double> jitter)
{
    /// <summary>The time that a request may wait for an attempt, if attempts end quickly.</summary>
    public static readonly TimeSpan PatienceQuick = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan QuickFailure = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PatienceSilent = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(10);
    private TimeSpan _attemptStarted;
    private bool _quick;
    private bool _refused;
    private bool _toldRefusal;
    private int _failures;

    /// <summary>The server is known to be away.</summary>
    public bool Away { get; private set; }

    /// <summary>An attempt to connect begins.</summary>
    public void Attempt(TimeSpan now) => _attemptStarted = now;

    /// <summary>The server is starting, so waiting helps.</summary>
    public bool StartingUp { get; private set; }

    /// <summary>The server has no room for us at the moment. Waiting for
    /// longer helps, because others return their connections.</summary>
    public bool Crowded { get; private set; }

    /// <summary>The server is there, and does not let us in.</summary>
    public bool Refuses => Away && _refused && !StartingUp;

    /// <summary>The next attempt may well succeed, so waiting requests need not give up after a failed one.</summary>
    public bool IsPassing => StartingUp || Crowded;

    /// <summary>The rest of the pause before the next attempt.</summary>
    public TimeSpan PauseLeft(TimeSpan now) => _attemptStarted + Pause - now;

    /// <summary>
    /// A request may start an attempt. It may at once if the kernel refused the last one
    /// within moments: no server listens, trying costs next to nothing, and the first
    /// request after the server's return must succeed. Otherwise it may after a pause.
    /// </summary>
    public bool MayTry(TimeSpan now) => (_quick && !_refused) || now - _attemptStarted >= Pause;

    /// <summary>The end of a request's wait for the attempt under way; later if the last attempt ended quickly.</summary>
    public TimeSpan WaitUntil => _attemptStarted + (_quick ? PatienceQuick : PatienceSilent);

    /// <summary>An attempt failed, or a server that we were connected to fell silent.</summary>
    /// <param name="absence">The cause, as far as known.</param>
    /// <param name="now">The time.</param>
    public void Failed(ConnectFailure absence, TimeSpan now)
    {
        _quick = now - _attemptStarted < QuickFailure;
        _refused = absence.ServerAnswered;
        (StartingUp, Crowded) = (absence.IsStartingUp, absence.ServerIsFull);
        if (!Away || (absence.IsRefusal && !_toldRefusal))
        {
            foreach (string line in absence.Lines)
            {
                log.Err(line);
            }
        }

        _toldRefusal = absence.IsRefusal;
        Away = true;
        _failures++;
    }

    /// <summary>The pause before the next attempt of our own; it doubles each time, with jitter.</summary>
    public TimeSpan Backoff() => RetryPause.After(_failures, Pause, LongestBackoff, jitter());

    /// <summary>An attempt succeeded.</summary>
    public void Over()
    {
        if (Away && backLine is not null)
        {
            log.Info(backLine);
        }

        (Away, _toldRefusal, _failures) = (false, false, 0);
    }
}
