// How long a server takes to answer.
namespace Authd.Modules.Lanes;

/// <summary>What the latest round trips tell. Not thread-safe.</summary>
internal sealed class RoundTrips
{
    private const int Scale = 8;
    private const int Window = 32;
    private long _sum;
    private long _best = long.MaxValue;
    private int _count;

    /// <summary>A running mean over about eight, milliseconds.</summary>
    public long Usual => _sum / Scale;

    /// <summary>
    /// The best of the latest few dozen took less than a millisecond: the server is near, and its statements are cheap. The
    /// mean would say something else on a busy machine.
    /// </summary>
    public bool AreQuick { get; private set; } = true;

    /// <summary>Counts one.</summary>
    /// <param name="took">Milliseconds.</param>
    public void Add(long took)
    {
        _sum += took - (_sum / Scale);
        _best = Math.Min(_best, took);
        if (++_count == Window)
        {
            AreQuick = _best == 0;
            (_count, _best) = (0, long.MaxValue);
        }
    }
}
