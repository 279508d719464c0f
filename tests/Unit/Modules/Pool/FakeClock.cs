namespace Authd.Tests.Unit.Modules.Pool;

/// <summary>A clock that a test advances by hand. Timers run on the
/// advancing thread, in the order in which they are due.</summary>
internal sealed class FakeClock : TimeProvider
{
    private readonly List<FakeTimer> _timers = [];

    // Not zero, which would hide code that forgets to ask the clock.
    private TimeSpan _now = TimeSpan.FromHours(1);

    /// <summary>The time as a pool's clock tells it.</summary>
    public TimeSpan Now => _now;

    /// <summary>Happens once, when a timer is next set: in the middle of what the code under test is doing.</summary>
    public Action? WhenATimerIsSet { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        FakeTimer timer = new(this, () => callback(state));
        timer.Change(dueTime, period);
        _timers.Add(timer);
        return timer;
    }

    /// <summary>Lets time pass.</summary>
    public void Advance(double milliseconds)
    {
        TimeSpan end = _now + TimeSpan.FromMilliseconds(milliseconds);
        while (_timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due) is { } next)
        {
            _now = next.Due > _now ? next.Due : _now;
            next.Ring();
        }

        _now = end;
    }

    private sealed class FakeTimer(FakeClock clock, Action ring) : ITimer
    {
        private TimeSpan _period;

        public TimeSpan Due { get; private set; } = TimeSpan.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime < TimeSpan.Zero ? TimeSpan.MaxValue : clock._now + dueTime;
            _period = period;
            Action? then = clock.WhenATimerIsSet;
            clock.WhenATimerIsSet = null;
            then?.Invoke();
            return true;
        }

        public void Ring()
        {
            Due = _period > TimeSpan.Zero ? Due + _period : TimeSpan.MaxValue;
            ring();
        }

        public void Dispose() => Due = TimeSpan.MaxValue;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
