// Connections that have many requests under way, each of which ends by itself.
using Xunit;

namespace Authd.Tests.Unit.Modules.Pool;

public sealed class ConnectionPoolMultiplexedTests : ConnectionPoolTest
{
    private FakeMultiplexedConnection One(int mostAtOnce = 64)
    {
        Submit(0);
        FakeMultiplexedConnection connection = Source.SucceedMultiplexed(mostAtOnce);
        connection.AnswerAll();
        return connection;
    }

    private FakeRequest[] Submit(int first, int count) => [.. Enumerable.Range(first, count).Select(number => Submit(number))];

    [Fact]
    public void Requests_are_sent_at_once_and_may_end_in_any_order()
    {
        FakeMultiplexedConnection connection = One();
        FakeRequest[] requests = Submit(1, 3);
        Assert.Equal(requests, connection.Pending);
        connection.Answer(requests[2], requests[0]);
        AssertDone(requests[2], requests[0]);
        AssertWaiting(requests[1]);
        connection.AnswerAll();
        AssertDone(requests);
        Assert.Equal(1, Source.Attempts);
    }

    [Fact]
    public void Crowded_connections_get_company_which_takes_its_share_however_near_the_server_is()
    {
        FakeMultiplexedConnection first = One();
        Submit(1, 3);
        Assert.Equal(1, Source.Attempts);
        Submit(4, 1);
        Assert.Equal(2, Source.Attempts);
        FakeMultiplexedConnection second = Source.SucceedMultiplexed();
        Submit(5, 4);
        Assert.Equal((4, 4), (first.Pending.Count, second.Pending.Count));
        Assert.Equal(3, Source.Attempts);
        FakeMultiplexedConnection third = Source.SucceedMultiplexed();
        Submit(9, 8);
        Assert.Equal((6, 5, 5), (first.Pending.Count, second.Pending.Count, third.Pending.Count));
        Assert.Equal(3, Source.Attempts);
    }

    [Fact]
    public void What_finds_no_room_waits_for_an_answer()
    {
        Pool = NewPool(connections: 1);
        FakeMultiplexedConnection connection = One(mostAtOnce: 2);
        FakeRequest[] requests = Submit(1, 3);
        Assert.Equal(requests[..2], connection.Pending);
        connection.Answer(requests[1]);
        Assert.Equal([requests[0], requests[2]], connection.Pending);
        connection.AnswerAll();
        AssertDone(requests);
    }

    [Fact]
    public void A_full_socket_keeps_what_it_did_not_take_in_its_place()
    {
        Pool = NewPool(connections: 1);
        FakeMultiplexedConnection connection = One();
        FakeRequest[] requests = Submit(1, 2);
        connection.Refuse(requests[1]);
        FakeRequest later = Submit(3);
        Assert.Equal([requests[0]], connection.Pending);
        connection.TakesMore();
        Assert.Equal([.. requests, later], connection.Pending);
        connection.AnswerAll();
        AssertDone([.. requests, later]);
    }

    [Fact]
    public void What_a_lost_connection_had_not_answered_goes_to_a_new_one_and_not_to_those_that_the_same_cause_may_have_ended()
    {
        FakeMultiplexedConnection first = One();
        FakeRequest[] requests = Submit(1, 4);
        FakeMultiplexedConnection second = Source.SucceedMultiplexed();
        FakeRequest other = Submit(5);
        first.Lose();
        Assert.True(first.IsClosed);
        Assert.Equal([other], second.Pending);
        FakeMultiplexedConnection third = Source.SucceedMultiplexed();
        Assert.Equal(requests, third.Pending);
        second.AnswerAll();
        Assert.True(second.IsClosed);
        third.Lose();
        AssertFailed(requests);
        AssertDone(other);
    }

    [Fact]
    public void A_connection_that_is_lost_alone_leaves_its_requests_to_the_others()
    {
        FakeMultiplexedConnection first = One();
        FakeRequest[] requests = Submit(1, 4);
        FakeMultiplexedConnection second = Source.SucceedMultiplexed();
        first.Lose(isAlone: true);
        Assert.Equal(requests, second.Pending);
        second.AnswerAll();
        AssertDone(requests);
        Assert.False(second.IsClosed);
    }

    [Fact]
    public void A_change_that_was_lost_with_its_connection_is_never_repeated()
    {
        FakeMultiplexedConnection connection = One();
        FakeRequest change = Submit(1, canRepeat: false);
        FakeRequest lookup = Submit(2);
        connection.Lose();
        AssertFailed(change);
        FakeMultiplexedConnection second = Source.SucceedMultiplexed();
        Assert.Equal([lookup], second.Pending);
    }

    [Fact]
    public void A_connection_that_leaves_ends_what_it_has_and_takes_no_more()
    {
        FakeMultiplexedConnection connection = One();
        FakeRequest[] requests = Submit(1, 2);
        connection.Go();
        FakeRequest next = Submit(3);
        FakeMultiplexedConnection second = Source.SucceedMultiplexed();
        Assert.Equal([next], second.Pending);
        Assert.False(connection.IsClosed);
        connection.AnswerAll();
        AssertDone(requests);
        Assert.True(connection.IsClosed);
    }

    [Fact]
    public void A_server_that_answers_nobody_fails_all_and_is_an_outage()
    {
        FakeMultiplexedConnection connection = One();
        FakeRequest[] requests = Submit(1, 3);
        connection.FallSilent();
        AssertFailed(requests);
        Assert.True(connection.IsClosed);
        Assert.Equal(["Err gone"], Lines.All);
        AssertWaiting(Submit(4));
        Source.SucceedMultiplexed().AnswerAll();
        Assert.Equal(["Err gone", "Info back"], Lines.All);
    }

    [Fact]
    public void A_mistake_in_a_modules_connection_costs_neither_its_place_nor_an_answer()
    {
        Pool = NewPool(connections: 1);
        FakeMultiplexedConnection connection = One();
        for (int i = 1; i < 20; i++)
        {
            FakeRequest request = Submit(i);
            connection.Throw();
            Assert.True(connection.IsClosed);
            connection = Source.SucceedMultiplexed();
            connection.AnswerAll();
            AssertDone(request);
        }

        Assert.All(Lines.All, line => Assert.Equal("Err authx: InvalidOperationException: a bug", line));
    }

    [Fact]
    public void It_is_looked_after_while_something_is_under_way_and_judges_by_itself_what_takes_too_long()
    {
        FakeMultiplexedConnection connection = One();
        Clock.Advance(5000);
        int before = connection.Looks;
        FakeRequest[] requests = Submit(1, 2);
        Clock.Advance(AnswerSeconds * 2000);
        Assert.InRange(connection.Looks - before, 100, 1000);
        AssertWaiting(requests);
        Assert.Equal(requests, connection.Pending);
        connection.AnswerAll();
        AssertDone(requests);
    }

    [Fact]
    public async Task A_pool_that_is_closed_closes_what_is_idle_at_once_and_the_rest_when_it_is_done()
    {
        FakeMultiplexedConnection first = One();
        FakeRequest[] requests = Submit(1, 4);
        FakeMultiplexedConnection second = Source.SucceedMultiplexed();
        await Pool.DisposeAsync();
        Assert.True(second.IsClosed);
        Assert.False(first.IsClosed);
        first.AnswerAll();
        AssertDone(requests);
        Assert.True(first.IsClosed);
        Assert.True(Source.IsDisposed);
    }
}
