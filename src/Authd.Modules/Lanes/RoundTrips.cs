// How long a server takes to answer.
namespace Authd.Modules.Lanes;

/// <summary>What the latest round trips tell. Not thread-safe.</summary>
public sealed class RoundTrips
{
    /// <summary>A server whose best answers take longer than this is far away or slow.</summary>
    public static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(1);

    /// <summary>So many round trips are waited for before anything is said.</summary>
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
    /// The best of the latest one or two dozen took less than a millisecond: the server is near, and its statements are
    /// cheap. The mean would say something else on a busy machine.
    /// </summary>
    public bool AreQuick => !_isKnown || _best < Quick || _bestBefore < Quick;

    /// <summary>Counts one.</summary>
    /// <param name="took">From sending to the answer.</param>
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
