namespace Authd.Modules.Pool;

/// <summary>
/// The one clock of a pool, its connections and its requests. It gives the time since some moment in the past, never goes
/// backwards, and is finer than a microsecond: by the kernel's tick, often 4 ms, a server a whole tick away would seem near.
/// </summary>
/// <param name="time">The source of the time.</param>
public sealed class PoolClock(TimeProvider time)
{
    /// <summary>The machine's clock.</summary>
    public static PoolClock System { get; } = new(TimeProvider.System);

    /// <summary>The time.</summary>
    public TimeSpan Now => time.GetElapsedTime(0);

    /// <summary>The source of the time.</summary>
    public TimeProvider Time => time;

    /// <summary>A timer for <see cref="Wake"/>.</summary>
    public ITimer Timer(Action ring) =>
        time.CreateTimer(static state => ((Action)state!)(), ring, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>Starts a timer once.</summary>
    public static void Wake(ITimer timer, TimeSpan after) =>
        timer.Change(after > TimeSpan.Zero ? after : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
}
