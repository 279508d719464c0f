// A server without room for a further connection: this is no outage, and no request fails because of it.
using Authd.Modules.Pool;
using Xunit;

namespace Authd.Tests.Unit.Modules.Pool;

public sealed class ConnectionPoolCrowdTests : ConnectionPoolTest
{
    private const string Told = "Warn authx: no room for a further connection, going on with 1: db: too many connections; "
        + "raise the limit there, or lower daemons or connections here";

    [Fact]
    public void What_waits_goes_on_with_the_connection_that_is_there()
    {
        FakePooledConnection connection = Far();
        Clock.Advance(60_000);
        FakeRequest first = Submit(1);
        FakeRequest second = Submit(2);
        Source.Fail(FakeSource.Crowd);
        AssertWaiting(first, second);
        connection.Answer();
        connection.Answer();
        AssertDone(first, second);
        Assert.Equal([Told], Lines.All);
    }

    [Fact]
    public void It_is_not_tried_again_for_a_minute_and_told_once()
    {
        FakePooledConnection connection = Far();
        for (int minute = 0; minute < 3; minute++)
        {
            for (int i = 0; i < 50; i++)
            {
                Submit(1);
                Submit(2);
                if (i == 0)
                {
                    Assert.True(Source.IsConnecting);
                    Source.Fail(FakeSource.Crowd);
                }

                Finish(connection, 500);
                Finish(connection, 500);
            }

            Assert.Equal(2 + minute, Source.Attempts);
            Clock.Advance(10_000);
        }

        Assert.Equal([Told], Lines.All);
    }

    [Fact]
    public void When_there_was_room_in_between_the_next_time_is_told_again()
    {
        FakePooledConnection connection = Far();
        Submit(1);
        Submit(2);
        Source.Fail(FakeSource.Crowd);
        connection.Answer();
        connection.Answer();
        Clock.Advance(60_000);
        Submit(3);
        Submit(4);
        FakePooledConnection second = Source.Succeed();
        Submit(5);
        Source.Fail(FakeSource.Crowd);
        second.Answer();
        connection.Answer();
        Assert.Equal([Told, Told.Replace("with 1", "with 2", StringComparison.Ordinal)], Lines.All);
    }

    [Fact]
    public void A_worker_without_any_connection_waits_for_one_that_another_does_not_need_any_more()
    {
        FakeRequest request = Submit(1);
        Source.Fail(FakeSource.Crowd);
        for (int i = 0; i < 20; i++)
        {
            Clock.Advance(260);
            AssertWaiting(request);
            Source.Fail(FakeSource.Crowd);
        }

        FakeRequest second = Submit(2);
        Clock.Advance(260);
        Source.Succeed().Answer();
        AssertDone(request, second);
        Assert.Equal([Told.Replace("with 1", "with 0", StringComparison.Ordinal), "Err too many connections", "Info back"], Lines.All);
    }

    [Fact]
    public void Nobody_waits_for_longer_than_for_an_answer()
    {
        FakeRequest request = Submit(1);
        Source.Fail(FakeSource.Crowd);
        for (int i = 0; i < 33; i++)
        {
            Clock.Advance(260);
            if (Source.IsConnecting)
            {
                Source.Fail(FakeSource.Crowd);
            }
        }

        AssertFailed(request);
    }

    [Fact]
    public void Who_wanted_a_connection_for_himself_learns_of_it_and_no_further_one_is_tried()
    {
        FakePooledConnection connection = Far();
        Source.ConnectFailure = FakeSource.Gone;
        Assert.False(Pool.ServerIsFull(new IOException()));
        Source.ConnectFailure = FakeSource.Crowd;
        Assert.True(Pool.ServerIsFull(new IOException()));
        Submit(1);
        Submit(2);
        Assert.Equal(1, Source.Attempts);
        connection.Answer();
        Assert.Equal([Told], Lines.All);
    }

    [Fact]
    public void A_worker_without_any_connection_asks_for_one_and_those_with_several_give_up_all_but_one()
    {
        FakeNeighbours neighbours = new();
        Pool.Neighbours = neighbours;
        FakePooledConnection first = Far();
        FakeRequest[] requests = [Submit(1), Submit(2)];
        FakePooledConnection second = Source.Succeed();
        Submit(3);
        FakePooledConnection third = Source.Succeed();
        third.Answer();
        neighbours.HaveAsked = true;
        Clock.Advance(1000);
        Assert.True(third.IsClosed);
        neighbours.HaveAsked = false;
        first.Answer();
        Assert.True(first.IsClosed);
        second.Answer();
        AssertDone(requests);
        Assert.False(second.IsClosed);
        requests = [Submit(4), Submit(5)];
        Assert.False(Source.IsConnecting, "the place is for somebody else");
        second.Answer();
        second.Answer();
        AssertDone(requests);
        Assert.Equal(0, neighbours.Times);
    }

    [Fact]
    public void Only_who_has_no_connection_asks()
    {
        FakeNeighbours neighbours = new();
        Pool.Neighbours = neighbours;
        Submit(1);
        Source.Fail(FakeSource.Crowd);
        Assert.Equal(1, neighbours.Times);
        Clock.Advance(260);
        Source.Succeed().Answer();
        Pool = NewPool(connections: 2);
        Pool.Neighbours = neighbours;
        Submit(1);
        Source.Fail(FakeSource.Gone);
        Far();
        Submit(1);
        Submit(2);
        Source.Fail(FakeSource.Crowd);
        Assert.Equal(1, neighbours.Times);
    }

    private sealed class FakeNeighbours : IPoolNeighbours
    {
        public int Times { get; private set; }

        public bool HaveAsked { get; set; }

        public void AskForRoom() => Times++;
    }
}
