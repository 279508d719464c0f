// Connections that are lost or fall silent, mistakes in a module, and a server that is away.
using Xunit;

namespace Authd.Tests.Unit.Modules.Pool;

public sealed class ConnectionPoolLossTests : ConnectionPoolTest
{
    [Fact]
    public void A_lookup_that_was_lost_with_its_connection_is_sent_once_more()
    {
        FakePooledConnection connection = Near();
        FakeRequest request = Submit(1);
        connection.Lose();
        Assert.True(connection.IsClosed);
        AssertWaiting(request);
        FakePooledConnection second = Source.Succeed();
        Assert.Equal(["1"], second.Sends);
        second.Lose();
        AssertFailed(request);
        Assert.Equal(["Err authx: lost"], Lines.All);
    }

    [Fact]
    public void A_change_that_was_lost_with_its_connection_may_have_been_made_and_is_never_repeated()
    {
        FakePooledConnection connection = Near();
        FakeRequest change = Submit(1, canShare: false, canRepeat: false);
        FakeRequest lookup = Submit(2);
        connection.Lose();
        AssertFailed(change);
        FakePooledConnection second = Source.Succeed();
        second.Answer();
        AssertDone(lookup);
        Assert.Equal(["2"], second.Sends);
        Assert.Equal(["Err authx: lost"], Lines.All);
    }

    [Fact]
    public void A_change_that_the_server_says_it_has_not_made_is_sent_once_more()
    {
        FakePooledConnection connection = Near();
        FakeRequest change = Submit(1, canShare: false, canRepeat: false);
        connection.Lose(isKnownUndone: true);
        FakePooledConnection second = Source.Succeed();
        second.Answer();
        AssertDone(change);
        Assert.Empty(Lines.All);
    }

    [Fact]
    public void Idle_connections_are_not_trusted_after_one_was_lost()
    {
        FakePooledConnection first = Far();
        Submit(1);
        Submit(2);
        FakePooledConnection second = Source.Succeed();
        first.Answer();
        second.Lose();
        Assert.True(first.IsClosed);
        Assert.True(second.IsClosed);
        Assert.Equal(3, Source.Attempts);
    }

    [Fact]
    public void A_mistake_in_a_modules_connection_costs_neither_its_place_nor_an_answer()
    {
        Pool = NewPool(connections: 1);
        Submit(0);
        FakePooledConnection connection = Source.Succeed();
        connection.Answer();
        for (int i = 1; i < 20; i++)
        {
            FakeRequest request = Submit(i);
            connection.Throw();
            Assert.True(connection.IsClosed);
            connection = Source.Succeed();
            connection.Answer();
            AssertDone(request);
        }

        FakeRequest twice = Submit(99);
        connection.Throw();
        Source.Succeed().Throw();
        AssertFailed(twice);
        Assert.All(Lines.All, line => Assert.Equal("Err authx: InvalidOperationException: a bug", line));
        FakeRequest after = Submit(100);
        Source.Succeed().Answer();
        AssertDone(after);
    }

    [Fact]
    public void A_connection_that_throws_after_it_was_given_up_does_not_count_against_new_ones()
    {
        Pool = NewPool(connections: 1);
        FakePooledConnection connection = OneConnection(1);
        for (int i = 0; i < 10; i++)
        {
            FakeRequest request = Submit(i);
            Clock.Advance((AnswerSeconds * 1000) + 600);
            AssertFailed(request);
            Assert.True(connection.IsInterrupted);
            connection.Throw();
            Assert.True(connection.IsClosed);
            Clock.Advance(20_000);
            Assert.True(Source.IsConnecting, "the pool tries again by itself");
            connection = Source.Succeed();
        }
    }

    [Fact]
    public void A_silent_server_is_an_outage_and_later_requests_do_not_wait_for_it()
    {
        FakePooledConnection connection = Near();
        FakeRequest request = Submit(1);
        Clock.Advance((AnswerSeconds * 1000) + 520);
        AssertFailed(request);
        Assert.False(connection.IsClosed);
        Assert.Equal(["Err gone"], Lines.All);
        FakeRequest second = Submit(2);
        Clock.Advance(400);
        AssertFailed(second);
        connection.Answer();
        Assert.True(connection.IsClosed);
    }

    [Fact]
    public void A_server_that_refuses_connections_is_told_once_tried_by_each_request_and_back_at_once()
    {
        for (int i = 0; i < 5; i++)
        {
            FakeRequest request = Submit(i);
            Source.Fail(FakeSource.Gone);
            AssertFailed(request);
        }

        FakeRequest lucky = Submit(9);
        Source.Succeed().Answer();
        AssertDone(lucky);
        Assert.Equal(["Err gone", "Info back"], Lines.All);
    }

    [Fact]
    public void A_server_that_starts_up_is_waited_for_but_not_for_longer_than_a_second()
    {
        FakeRequest request = Submit(1);
        Source.Fail(FakeSource.StartingUp);
        AssertWaiting(request);
        Clock.Advance(260);
        Assert.Equal(2, Source.Attempts);
        Source.Fail(FakeSource.StartingUp);
        AssertWaiting(request);
        Clock.Advance(260);
        Source.Succeed().Answer();
        AssertDone(request);
    }

    [Fact]
    public void A_server_that_does_not_come_up_costs_a_request_a_second()
    {
        FakeRequest request = Submit(1);
        for (int i = 0; i < 3; i++)
        {
            Source.Fail(FakeSource.StartingUp);
            Clock.Advance(255);
            AssertWaiting(request);
        }

        Source.Fail(FakeSource.StartingUp);
        Clock.Advance(300);
        AssertFailed(request);
        Assert.Equal(["Err starting"], Lines.All);
    }

    [Fact]
    public void A_further_connection_that_fails_is_no_outage_while_the_first_may_still_answer()
    {
        FakePooledConnection connection = Far();
        Clock.Advance(60_000); // idle for longer than an answer may take
        FakeRequest first = Submit(1);
        FakeRequest second = Submit(2);
        Source.Fail(FakeSource.Gone);
        AssertWaiting(first, second);
        Finish(connection, 1.5);
        Finish(connection, 1.5);
        AssertDone(first, second);
        Assert.Equal(["Warn authx: no further connection: gone"], Lines.All);
    }
}
