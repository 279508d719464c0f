// In which order jobs go, together or alone, on how many connections, and how long they wait.
using Xunit;

namespace Authd.Tests.Unit.Modules.Lanes;

public sealed class LanePoolQueueTests : LanePoolTest
{
    [Fact]
    public void What_comes_while_connecting_travels_together_in_the_order_in_which_it_came()
    {
        FakeJob[] jobs = [Submit(1), Submit(2), Submit(3)];
        Assert.Equal(1, Source.Attempts);
        FakeLane lane = Source.Succeed();
        AssertWaiting(jobs);
        lane.Answer();
        AssertDone(jobs);
        Assert.Equal(["1 2 3"], lane.Sends);
    }

    [Fact]
    public void What_cannot_share_a_round_trip_goes_alone_and_nothing_overtakes_it()
    {
        FakeLane lane = Near();
        FakeJob[] jobs = [Submit(1), Submit(2), Submit(3), Submit(4, canShare: false), Submit(5, canShare: false), Submit(6)];
        while (lane.IsBusy)
        {
            lane.Answer();
        }

        AssertDone(jobs);
        Assert.Equal(["1", "2 3", "4", "5", "6"], lane.Sends);
    }

    [Fact]
    public void At_most_32_travel_together()
    {
        FakeLane lane = Near();
        FakeJob[] jobs = [.. Enumerable.Range(0, 50).Select(number => Submit(number))];
        while (lane.IsBusy)
        {
            lane.Answer();
        }

        AssertDone(jobs);
        Assert.Equal([1, 32, 17], lane.Sends.Select(send => send.Split(' ').Length));
    }

    [Fact]
    public void The_only_one_of_a_group_that_had_to_be_sent_gets_its_answer()
    {
        FakeLane lane = Near();
        Submit(1);
        FakeJob[] jobs = [Submit(2), Submit(3), Submit(4)];
        lane.Answer();
        lane.AnswerLastAlone();
        AssertDone(jobs);
        Assert.Equal(["1", "2 3 4"], lane.Sends);
    }

    [Fact]
    public void What_anothers_error_kept_from_its_answer_goes_first_in_the_next_round_trip()
    {
        FakeLane lane = Near();
        Submit(1);
        FakeJob[] jobs = [Submit(2), Submit(3), Submit(4)];
        lane.Answer();
        FakeJob later = Submit(5);
        lane.Answer(1);
        lane.Answer();
        AssertDone([.. jobs, later]);
        Assert.Equal(["1", "2 3 4", "3 4 5"], lane.Sends);
    }

    [Fact]
    public void On_a_near_server_a_second_connection_is_opened_only_when_the_first_keeps_somebody_waiting_for_long()
    {
        FakeLane lane = Near();
        for (int i = 0; i < 100; i++)
        {
            Submit(i);
            Submit(i);
            Finish(lane, 5);
            Finish(lane, 0.5);
        }

        Assert.Equal(1, Source.Attempts);
        Submit(1);
        FakeJob waiting = Submit(2);
        Clock.Advance(19);
        Assert.Equal(1, Source.Attempts);
        Clock.Advance(40);
        Assert.Equal(2, Source.Attempts);
        FakeLane second = Source.Succeed();
        second.Answer();
        AssertDone(waiting);
        Assert.Equal(["2"], second.Sends);
    }

    [Fact]
    public void On_a_far_server_a_second_connection_is_opened_at_once_when_there_is_no_idle_one()
    {
        FakeLane lane = Far();
        Submit(1);
        Assert.Equal(1, Source.Attempts);
        FakeJob second = Submit(2);
        Assert.Equal(2, Source.Attempts);
        Source.Succeed().Answer();
        AssertDone(second);
        lane.Answer();
    }

    [Fact]
    public void There_are_never_more_connections_than_the_settings_say()
    {
        Far();
        for (int i = 0; i < 10; i++)
        {
            Submit(i, canShare: false);
            if (Source.IsConnecting)
            {
                Source.Succeed();
            }
        }

        Clock.Advance(1000);
        Assert.Equal(3, Source.Attempts);
    }

    [Fact]
    public void The_connection_used_last_is_used_next_so_that_others_can_rest()
    {
        FakeLane first = Far();
        Submit(1);
        Submit(2);
        FakeLane second = Source.Succeed();
        first.Answer();
        second.Answer();
        Submit(3);
        Assert.Equal("3", second.Sends[^1]);
        second.Answer();
        Submit(4);
        Assert.Equal("4", second.Sends[^1]);
    }

    [Fact]
    public void A_further_connection_that_is_not_needed_for_three_seconds_is_closed_and_the_last_one_after_the_idle_timeout()
    {
        FakeLane first = Far();
        Submit(1);
        Submit(2);
        FakeLane second = Source.Succeed();
        first.Answer();
        second.Answer();
        Clock.Advance(2900);
        Submit(3);
        second.Answer();
        Assert.False(first.IsClosed);
        Clock.Advance(100);
        Assert.True(first.IsClosed);
        Clock.Advance(100_000);
        Assert.False(second.IsClosed);
        Clock.Advance((IdleSeconds * 1000) - 100_000);
        Assert.True(second.IsClosed);
        Submit(4);
        Assert.Equal(3, Source.Attempts);
    }

    [Fact]
    public void Who_has_waited_too_long_gets_an_answer_and_is_not_sent()
    {
        FakeLane lane = Near();
        FakeJob blocking = Submit(1, canShare: false);
        FakeJob waiting = Submit(2, canShare: false);
        waiting.Deadline = Clock.Now + TimeSpan.FromSeconds(2);
        Clock.Advance(1900);
        AssertWaiting(waiting);
        Clock.Advance(120);
        AssertFailed(waiting);
        lane.Answer();
        AssertDone(blocking);
        Assert.Equal(["1"], lane.Sends);
    }

    [Fact]
    public void A_lookup_behind_one_that_does_not_end_is_sent_on_another_connection_too()
    {
        FakeLane lane = Near();
        Submit(0);
        FakeJob blocked = Submit(1);
        FakeJob behind = Submit(2);
        lane.Answer();
        Clock.Advance(100);
        FakeLane second = Source.Succeed();
        second.Answer();
        AssertDone(behind);
        AssertWaiting(blocked);
        lane.Answer();
        AssertDone(blocked);
        Assert.Equal(["2"], second.Sends);
    }

    [Fact]
    public async Task A_pool_that_is_closed_closes_what_is_idle_at_once_and_the_rest_when_it_is_done()
    {
        FakeLane first = Far();
        FakeJob running = Submit(1);
        FakeJob other = Submit(2);
        FakeLane second = Source.Succeed();
        second.Answer();
        await Pool.DisposeAsync();
        Assert.True(second.IsClosed);
        Assert.False(first.IsClosed);
        Assert.False(Source.IsDisposed);
        first.Answer();
        AssertDone(running, other);
        Assert.True(first.IsClosed);
        Assert.True(Source.IsDisposed);
    }
}
