// A server that has no room for a further connection: no outage, and no request fails because of it.
using Authd.Modules.Lanes;
using Xunit;

namespace Authd.Tests.Unit.Modules.Lanes;

public sealed class LanePoolCrowdTests : LanePoolTest
{
    private const string Told = "Warn authx: no room for a further connection, going on with 1: db: too many connections; "
        + "raise the limit there, or lower daemons or connections here";

    [Fact]
    public void What_waits_goes_on_with_the_connection_that_is_there()
    {
        FakeLane lane = Far();
        Clock.Advance(60_000);
        FakeJob first = Submit(1);
        FakeJob second = Submit(2);
        Source.Fail(FakeSource.Crowd);
        AssertWaiting(first, second);
        lane.Answer();
        lane.Answer();
        AssertDone(first, second);
        Assert.Equal([Told], Lines.All);
    }

    [Fact]
    public void It_is_not_tried_again_for_a_minute_and_told_once()
    {
        FakeLane lane = Far();
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

                Finish(lane, 500);
                Finish(lane, 500);
            }

            Assert.Equal(2 + minute, Source.Attempts);
            Clock.Advance(10_000);
        }

        Assert.Equal([Told], Lines.All);
    }

    [Fact]
    public void When_there_was_room_in_between_the_next_time_is_told_again()
    {
        FakeLane lane = Far();
        Submit(1);
        Submit(2);
        Source.Fail(FakeSource.Crowd);
        lane.Answer();
        lane.Answer();
        Clock.Advance(60_000);
        Submit(3);
        Submit(4);
        FakeLane second = Source.Succeed();
        Submit(5);
        Source.Fail(FakeSource.Crowd);
        second.Answer();
        lane.Answer();
        Assert.Equal([Told, Told.Replace("with 1", "with 2", StringComparison.Ordinal)], Lines.All);
    }

    [Fact]
    public void A_worker_without_any_connection_waits_for_one_that_another_does_not_need_any_more()
    {
        FakeJob job = Submit(1);
        Source.Fail(FakeSource.Crowd);
        for (int i = 0; i < 20; i++)
        {
            Clock.Advance(260);
            AssertWaiting(job);
            Source.Fail(FakeSource.Crowd);
        }

        FakeJob second = Submit(2);
        Clock.Advance(260);
        Source.Succeed().Answer();
        AssertDone(job, second);
        Assert.Equal([Told.Replace("with 1", "with 0", StringComparison.Ordinal), "Err too many connections", "Info back"], Lines.All);
    }

    [Fact]
    public void Nobody_waits_for_longer_than_for_an_answer()
    {
        FakeJob job = Submit(1);
        Source.Fail(FakeSource.Crowd);
        for (int i = 0; i < 33; i++)
        {
            Clock.Advance(260);
            if (Source.IsConnecting)
            {
                Source.Fail(FakeSource.Crowd);
            }
        }

        AssertFailed(job);
    }

    [Fact]
    public void Who_wanted_a_connection_for_himself_learns_of_it_and_no_further_one_is_tried()
    {
        FakeLane lane = Far();
        Source.Absence = FakeSource.Gone;
        Assert.False(Pool.IsCrowd(new IOException()));
        Source.Absence = FakeSource.Crowd;
        Assert.True(Pool.IsCrowd(new IOException()));
        Submit(1);
        Submit(2);
        Assert.Equal(1, Source.Attempts);
        lane.Answer();
        Assert.Equal([Told], Lines.All);
    }

    [Fact]
    public void A_worker_without_any_connection_asks_for_one_and_those_with_several_give_up_all_but_one()
    {
        FakeNeighbours neighbours = new();
        Pool.Neighbours = neighbours;
        FakeLane first = Far();
        FakeJob[] jobs = [Submit(1), Submit(2)];
        FakeLane second = Source.Succeed();
        Submit(3);
        FakeLane third = Source.Succeed();
        third.Answer();
        neighbours.HaveAsked = true;
        Clock.Advance(1000);
        Assert.True(third.IsClosed);
        neighbours.HaveAsked = false;
        first.Answer();
        Assert.True(first.IsClosed);
        second.Answer();
        AssertDone(jobs);
        Assert.False(second.IsClosed);
        jobs = [Submit(4), Submit(5)];
        Assert.False(Source.IsConnecting, "the place is for somebody else");
        second.Answer();
        second.Answer();
        AssertDone(jobs);
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

    private sealed class FakeNeighbours : ILaneNeighbours
    {
        public int Times { get; private set; }

        public bool HaveAsked { get; set; }

        public void AskForRoom() => Times++;
    }
}
