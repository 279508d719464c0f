// The pause that grows with each failure.
using Authd.Core;
using Xunit;

namespace Authd.Tests.Unit.Core;

public class RetryPauseTests
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData(0, 100)]
    [InlineData(1, 200)]
    [InlineData(4, 1600)]
    [InlineData(5, 2000)]
    [InlineData(int.MaxValue, 2000)]
    public void Doubles_up_to_the_longest(int failures, int milliseconds) =>
        Assert.Equal(milliseconds, RetryPause.After(failures, First, Longest).TotalMilliseconds);

    [Theory]
    [InlineData(0, 100)]
    [InlineData(0.5, 150)]
    [InlineData(1, 200)]
    public void Jitter_shortens_by_up_to_a_half(double jitter, int milliseconds) =>
        Assert.Equal(milliseconds, RetryPause.After(1, First, Longest, jitter).TotalMilliseconds);
}
