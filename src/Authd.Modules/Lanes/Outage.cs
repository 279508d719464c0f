// What is known of a server that is away: when to try again, and how long a request may wait for the attempt.
using Authd.Core;
using Authd.Core.Logging;

namespace Authd.Modules.Lanes;

/// <summary>
/// The state of an outage. Not thread-safe: <see cref="LanePool{TJob}"/> guards it. Times are milliseconds of a clock that
/// only goes forward.
/// </summary>
/// <param name="backLine">The line at the end, if there is to be one.</param>
/// <param name="log">Takes the lines at the beginning of an outage and the one at its end.</param>
/// <param name="jitter">A random number from 0 to 1.</param>
public sealed class Outage(string? backLine, Log log, Func<double> jitter)
{
    /// <summary>How long a request may wait for an attempt where attempts end quickly, milliseconds.</summary>
    public const int PatienceQuick = 1000;

    private const int Pause = 250;
    private const int QuickFailure = 100;
    private const int PatienceSilent = 250;
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(10);
    private long _attemptStarted;
    private bool _quick;
    private bool _refused;
    private bool _toldRefusal;
    private int _failures;

    /// <summary>The server is known to be away.</summary>
    public bool Away { get; private set; }

    /// <summary>An attempt to connect begins.</summary>
    public void Attempt(long now) => _attemptStarted = now;

    /// <summary>The server says that it is coming up: worth waiting for.</summary>
    public bool StartingUp { get; private set; }

    /// <summary>What is left of the pause before the next attempt, milliseconds.</summary>
    public long PauseLeft(long now) => Math.Max(1, _attemptStarted + Pause - now);

    /// <summary>
    /// A request may start an attempt: at once when the last one was refused by the kernel within moments (nothing
    /// listens: trying costs next to nothing and the first request after the return must succeed), else after a pause.
    /// </summary>
    public bool MayTry(long now) => (_quick && !_refused) || now - _attemptStarted >= Pause;

    /// <summary>Until when a request may wait for the attempt under way: longer where the last one ended quickly.</summary>
    public long WaitUntil => _attemptStarted + (_quick ? PatienceQuick : PatienceSilent);

    /// <summary>An attempt failed, or a server that we were connected to fell silent.</summary>
    /// <param name="absence">What is known of the cause.</param>
    /// <param name="now">The time.</param>
    public void Failed(Absence absence, long now)
    {
        _quick = now - _attemptStarted < QuickFailure;
        _refused = absence.IsAnswer;
        StartingUp = absence.IsStartingUp;
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

    /// <summary>How long to wait before the next attempt of our own, milliseconds: doubles, with jitter.</summary>
    public int Backoff() =>
        (int)RetryPause.After(_failures, TimeSpan.FromMilliseconds(Pause), LongestBackoff, jitter()).TotalMilliseconds;

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
