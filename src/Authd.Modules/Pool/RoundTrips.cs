namespace Authd.Modules.Pool;

/// <summary>The durations of a server's latest round trips. Not thread-safe.</summary>
public sealed class RoundTrips
{
    /// <summary>A server whose best answers take longer than this is far away or slow.</summary>
    public static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(1);

    /// <summary>The number of round trips before the server is judged.</summary>
    public const int Least = 4;

    private const int Scale = 8;
    private const int Window = 16;
    private TimeSpan _sum;
    private TimeSpan _best = TimeSpan.MaxValue;
    private TimeSpan _bestBefore = TimeSpan.MaxValue;
    private int _count;
    private bool _isKnown;

    /// <summary>A running mean over about eight.</summary>
    public TimeSpan Usual => _sum / Scale;

    /// <summary>
    /// The best of the latest one or two dozen took less than a millisecond: the server is near, and its statements are cheap. On
    /// a busy machine the mean would mislead.
    /// </summary>
    public bool IsNearby => !_isKnown || _best < Quick || _bestBefore < Quick;

    /// <summary>Records a round trip.</summary>
    /// <param name="took">The time from sending to the answer.</param>
    public void Add(TimeSpan took)
    {
        _sum += took - (_sum / Scale);
        _best = took < _best ? took : _best;
        _count++;
        _isKnown |= _count == Least;
        if (_count == Window)
        {
            (_count, _bestBefore, _best) = (0, _best, TimeSpan.MaxValue);
        }
    }
}
