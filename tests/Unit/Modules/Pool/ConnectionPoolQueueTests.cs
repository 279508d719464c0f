// The order of requests, their grouping, the number of connections, and waiting times.
using Authd.Linux.Events;
using Xunit;

namespace Authd.Tests.Unit.Modules.Pool;

public sealed class ConnectionPoolQueueTests : ConnectionPoolTest
{
    [Fact]
    public void What_comes_while_connecting_travels_together_in_the_order_in_which_it_came()
    {
        FakeRequest[] requests = [Submit(1), Submit(2), Submit(3)];
        Assert.Equal(1, Source.Attempts);
        FakePooledConnection connection = Source.Succeed();
        AssertWaiting(requests);
        connection.Answer();
        AssertDone(requests);
        Assert.Equal(["1 2 3"], connection.Sends);
    }

    [Fact]
    public void What_cannot_share_a_round_trip_goes_alone_and_nothing_overtakes_it()
    {
        FakePooledConnection connection = Near();
        FakeRequest[] requests = [Submit(1), Submit(2), Submit(3), Submit(4, canShare: false), Submit(5, canShare: false), Submit(6)];
        while (connection.IsBusy)
        {
            connection.Answer();
        }

        AssertDone(requests);
        Assert.Equal(["1", "2 3", "4", "5", "6"], connection.Sends);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_comes_in_one_turn_of_the_event_loop_travels_together_to_a_near_server(bool isNear)
    {
        FakePooledConnection connection = isNear ? Near() : Far();
        List<FakeRequest> requests = [];
        using EventLoop loop = new();

        InOneTurn(loop, () =>
        {
            requests.AddRange([Submit(1), Submit(2), Submit(3, canShare: false)]);
            Assert.Equal(isNear ? [] : ["1"], connection.Sends);
        });
        InOneTurn(loop, () =>
        {
            while (connection.IsBusy)
            {
                connection.Answer();
            }
        });

        AssertDone([.. requests]);
        Assert.Equal(isNear ? ["1 2", "3"] : ["1", "2", "3"], connection.Sends);
    }

    [Fact]
    public void At_most_32_travel_together()
    {
        FakePooledConnection connection = Near();
        FakeRequest[] requests = [.. Enumerable.Range(0, 50).Select(number => Submit(number))];
        while (connection.IsBusy)
        {
            connection.Answer();
        }

        AssertDone(requests);
        Assert.Equal([1, 32, 17], connection.Sends.Select(send => send.Split(' ').Length));
    }

    [Fact]
    public void A_burst_gives_a_near_server_no_further_connection()
    {
        FakePooledConnection connection = Near();
        int before = Source.Attempts;
        for (int i = 0; i < 60; i++)
        {
            Submit(i);
        }

        connection.Answer();
        Clock.Advance(20);
        Assert.Equal(before, Source.Attempts);
    }

    [Fact]
    public void The_only_one_of_a_group_that_had_to_be_sent_gets_its_answer()
    {
        FakePooledConnection connection = Near();
        Submit(1);
        FakeRequest[] requests = [Submit(2), Submit(3), Submit(4)];
        connection.Answer();
        connection.AnswerLastAlone();
        AssertDone(requests);
        Assert.Equal(["1", "2 3 4"], connection.Sends);
    }

    [Fact]
    public void What_anothers_error_kept_from_its_answer_goes_first_in_the_next_round_trip()
    {
        FakePooledConnection connection = Near();
        Submit(1);
        FakeRequest[] requests = [Submit(2), Submit(3), Submit(4)];
        connection.Answer();
        FakeRequest later = Submit(5);
        connection.Answer(1);
        connection.Answer();
        AssertDone([.. requests, later]);
        Assert.Equal(["1", "2 3 4", "3 4 5"], connection.Sends);
    }

    [Fact]
    public void On_a_near_server_a_second_connection_is_opened_only_when_the_first_keeps_somebody_waiting_for_long()
    {
        FakePooledConnection connection = Near();
        for (int i = 0; i < 100; i++)
        {
            Submit(i);
            Submit(i);
            Finish(connection, 5);
            Finish(connection, 0.5);
        }

        Assert.Equal(1, Source.Attempts);
        Submit(1);
        FakeRequest waiting = Submit(2);
        Clock.Advance(19);
        Assert.Equal(1, Source.Attempts);
        Clock.Advance(40);
        Assert.Equal(2, Source.Attempts);
        FakePooledConnection second = Source.Succeed();
        second.Answer();
        AssertDone(waiting);
        Assert.Equal(["2"], second.Sends);
    }

    [Fact]
    public void On_a_far_server_a_second_connection_is_opened_at_once_when_there_is_no_idle_one()
    {
        FakePooledConnection connection = Far();
        Submit(1);
        Assert.Equal(1, Source.Attempts);
        FakeRequest second = Submit(2);
        Assert.Equal(2, Source.Attempts);
        Source.Succeed().Answer();
        AssertDone(second);
        connection.Answer();
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
        FakePooledConnection first = Far();
        Submit(1);
        Submit(2);
        FakePooledConnection second = Source.Succeed();
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
        FakePooledConnection first = Far();
        Submit(1);
        Submit(2);
        FakePooledConnection second = Source.Succeed();
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

    /// <summary>The clock may tick between the moment in which a connection joins and that in which it takes what waits.</summary>
    [Fact]
    public void What_has_waited_for_the_first_connection_asks_for_no_second_one()
    {
        FakeRequest request = Submit(1);
        Clock.Advance(100);
        Clock.WhenATimerIsSet = () => Clock.Advance(20);

        FakePooledConnection connection = Source.Succeed();

        Assert.Null(Clock.WhenATimerIsSet);
        Assert.Equal(1, Source.Attempts);
        Finish(connection, 0.2);
        AssertDone(request);
    }

    [Fact]
    public void Who_has_waited_too_long_gets_an_answer_and_is_not_sent()
    {
        FakePooledConnection connection = Near();
        FakeRequest blocking = Submit(1, canShare: false);
        FakeRequest waiting = Submit(2, canShare: false);
        waiting.Deadline = Clock.Now + TimeSpan.FromSeconds(2);
        Clock.Advance(1900);
        AssertWaiting(waiting);
        Clock.Advance(120);
        AssertFailed(waiting);
        connection.Answer();
        AssertDone(blocking);
        Assert.Equal(["1"], connection.Sends);
    }

    [Fact]
    public void A_lookup_behind_one_that_does_not_end_is_sent_on_another_connection_too()
    {
        FakePooledConnection connection = Near();
        Submit(0);
        FakeRequest blocked = Submit(1);
        FakeRequest behind = Submit(2);
        connection.Answer();
        Clock.Advance(100);
        FakePooledConnection second = Source.Succeed();
        second.Answer();
        AssertDone(behind);
        AssertWaiting(blocked);
        connection.Answer();
        AssertDone(blocked);
        Assert.Equal(["2"], second.Sends);
    }

    [Fact]
    public async Task A_pool_that_is_closed_closes_what_is_idle_at_once_and_the_rest_when_it_is_done()
    {
        FakePooledConnection first = Far();
        FakeRequest running = Submit(1);
        FakeRequest other = Submit(2);
        FakePooledConnection second = Source.Succeed();
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

    private static void InOneTurn(EventLoop loop, Action action)
    {
        using ManualResetEventSlim isOver = new();
        loop.Invoke(() =>
        {
            action();
            loop.Invoke(isOver.Set);
        });
        Assert.True(isOver.Wait(TimeSpan.FromSeconds(30)));
    }
}
