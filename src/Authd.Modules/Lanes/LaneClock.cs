// The one clock of a pool, its connections and its jobs.
namespace Authd.Modules.Lanes;

/// <summary>
/// Tells the time as what has passed since some moment in the past, never goes backwards, and is finer than a
/// microsecond: the kernel's tick, 4 ms with many kernels, would take a server that is a whole tick away for a near one.
/// </summary>
/// <param name="time">Where the time comes from.</param>
public sealed class LaneClock(TimeProvider time)
{
    /// <summary>The machine's.</summary>
    public static LaneClock System { get; } = new(TimeProvider.System);

    /// <summary>The time.</summary>
    public TimeSpan Now => time.GetElapsedTime(0);

    /// <summary>Where the time comes from.</summary>
    public TimeProvider Time => time;

    /// <summary>A timer that <see cref="Wake"/> winds up.</summary>
    public ITimer Timer(Action ring) =>
        time.CreateTimer(static state => ((Action)state!)(), ring, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>Lets a timer ring once.</summary>
    public static void Wake(ITimer timer, TimeSpan after) =>
        timer.Change(after > TimeSpan.Zero ? after : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
}
