// A clock that a test moves.
namespace Authd.Tests.Unit.Core.Penalty;

internal sealed class FakeClock : TimeProvider
{
    private long _ticks = TimeSpan.FromDays(1).Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    internal void Pass(TimeSpan time) => _ticks += time.Ticks;
}
