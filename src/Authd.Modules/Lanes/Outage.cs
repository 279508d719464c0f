// What is known of a server that is away: when to try again, and how long a request may wait for the attempt.
using Authd.Core;
using Authd.Core.Logging;

namespace Authd.Modules.Lanes;

/// <summary>
/// The state of an outage. Not thread-safe: <see cref="LanePool{TJob}"/> guards it. Times are those
/// of the pool's <see cref="LaneClock"/>.
/// </summary>
/// <param name="backLine">The line at the end, if there is to be one.</param>
/// <param name="log">Takes the lines at the beginning of an outage and the one at its end.</param>
/// <param name="jitter">A random number from 0 to 1.</param>
public sealed class Outage(string? backLine, Log log, Func<double> jitter)
{
    /// <summary>How long a request may wait for an attempt where attempts end quickly.</summary>
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

    /// <summary>The server says that it is coming up: worth waiting for.</summary>
    public bool StartingUp { get; private set; }

    /// <summary>The server has no room for us just now: worth waiting for longer, others give their connections back.</summary>
    public bool Crowded { get; private set; }

    /// <summary>The next attempt will perhaps succeed, so those who wait need not give up with the one that failed.</summary>
    public bool IsPassing => StartingUp || Crowded;

    /// <summary>What is left of the pause before the next attempt.</summary>
    public TimeSpan PauseLeft(TimeSpan now) => _attemptStarted + Pause - now;

    /// <summary>
    /// A request may start an attempt: at once when the last one was refused by the kernel within moments (nothing
    /// listens: trying costs next to nothing and the first request after the return must succeed), else after a pause.
    /// </summary>
    public bool MayTry(TimeSpan now) => (_quick && !_refused) || now - _attemptStarted >= Pause;

    /// <summary>Until when a request may wait for the attempt under way: longer where the last one ended quickly.</summary>
    public TimeSpan WaitUntil => _attemptStarted + (_quick ? PatienceQuick : PatienceSilent);

    /// <summary>An attempt failed, or a server that we were connected to fell silent.</summary>
    /// <param name="absence">What is known of the cause.</param>
    /// <param name="now">The time.</param>
    public void Failed(Absence absence, TimeSpan now)
    {
        _quick = now - _attemptStarted < QuickFailure;
        _refused = absence.IsAnswer;
        (StartingUp, Crowded) = (absence.IsStartingUp, absence.IsCrowd);
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

    /// <summary>How long to wait before the next attempt of our own: doubles, with jitter.</summary>
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
