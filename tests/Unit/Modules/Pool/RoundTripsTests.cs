// Which servers are near.
using Authd.Modules.Pool;
using Xunit;

namespace Authd.Tests.Unit.Modules.Pool;

public sealed class RoundTripsTests
{
    private readonly RoundTrips _trips = new();

    private void Add(int times, double milliseconds)
    {
        for (int i = 0; i < times; i++)
        {
            _trips.Add(TimeSpan.FromMilliseconds(milliseconds));
        }
    }

    [Theory]
    [InlineData(0.05, true)]
    [InlineData(0.999, true)]
    [InlineData(1, false)]
    [InlineData(1.2, false)]
    [InlineData(2, false)]
    [InlineData(3.9, false)]
    [InlineData(40, false)]
    public void A_server_a_millisecond_away_is_far_which_the_kernels_tick_of_four_would_hide(double milliseconds, bool isQuick)
    {
        Add(RoundTrips.Least - 1, milliseconds);
        Assert.True(_trips.IsNearby, "too little is known");
        Add(1, milliseconds);
        Assert.Equal(isQuick, _trips.IsNearby);
        Add(100, milliseconds);
        Assert.Equal(isQuick, _trips.IsNearby);
    }

    [Fact]
    public void On_a_busy_machine_the_best_counts_not_the_mean()
    {
        for (int i = 0; i < 20; i++)
        {
            Add(15, 30);
            Add(1, 0.4);
            Assert.True(_trips.IsNearby);
        }
    }

    [Fact]
    public void A_server_that_moves_away_is_noticed_within_two_windows_and_one_that_comes_near_at_once()
    {
        Add(16, 0.1);
        Add(32, 2);
        Assert.False(_trips.IsNearby);
        Add(1, 0.1);
        Assert.True(_trips.IsNearby);
    }

    [Fact]
    public void The_usual_is_a_running_mean()
    {
        Add(100, 4);
        Assert.InRange(_trips.Usual, TimeSpan.FromMilliseconds(3.9), TimeSpan.FromMilliseconds(4));
        Add(1, 12);
        Assert.InRange(_trips.Usual, TimeSpan.FromMilliseconds(4.9), TimeSpan.FromMilliseconds(5.1));
    }
}
