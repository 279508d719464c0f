// Connections that take further requests while others are under way, and answer them in turn.
using Xunit;

namespace Authd.Tests.Unit.Modules.Pool;

public sealed class ConnectionPoolJoiningTests : ConnectionPoolTest
{
    private readonly FakePooledConnection _connection;

    public ConnectionPoolJoiningTests()
    {
        _connection = Near();
        _connection.TakesMore = true;
    }

    [Fact]
    public void A_request_joins_those_that_are_under_way_and_each_is_answered_in_its_turn()
    {
        FakeRequest[] requests = [Submit(1), Submit(2), Submit(3)];
        Assert.Equal([1, 2, 3], _connection.Group.Select(static request => request.Number));
        _connection.AnswerFirst();
        FakeRequest late = Submit(4);
        Assert.Equal([1, null, null, null], (int?[])[.. requests.Select(Result), Result(late)]);
        _connection.AnswerFirst();
        _connection.AnswerFirst();
        _connection.Answer();

        AssertDone([.. requests, late]);
        Assert.Equal(["1"], _connection.Sends);
    }

    [Fact]
    public void None_joins_past_one_that_has_to_go_alone()
    {
        FakeRequest[] requests = [Submit(1), Submit(2, canShare: false), Submit(3)];
        Assert.Equal([1], _connection.Group.Select(static request => request.Number));
        while (_connection.IsBusy)
        {
            _connection.Answer();
        }

        AssertDone(requests);
        Assert.Equal(["1", "2", "3"], _connection.Sends);
    }

    [Fact]
    public void No_more_than_32_are_under_way()
    {
        FakeRequest[] requests = [.. Enumerable.Range(0, 40).Select(number => Submit(number))];
        Assert.Equal(32, _connection.Group.Count);
        _connection.Answer();
        _connection.Answer();
        AssertDone(requests);
    }

    /// <summary>The request ends in its time all the same.</summary>
    [Fact]
    public void A_connection_is_given_up_when_its_next_answer_is_late_and_not_while_it_answers()
    {
        Submit(1);
        FakeRequest second = Submit(2);
        Clock.Advance(AnswerSeconds * 900);
        _connection.AnswerFirst();
        Clock.Advance(AnswerSeconds * 600);
        Assert.False(_connection.IsInterrupted);
        Assert.Equal(-1, Result(second));
        Clock.Advance((AnswerSeconds * 400) + 600);
        Assert.True(_connection.IsInterrupted);
    }

    [Fact]
    public void What_has_joined_a_connection_that_is_lost_is_sent_again()
    {
        FakeRequest[] requests = [Submit(1), Submit(2)];
        _connection.AnswerFirst();
        FakeRequest late = Submit(3);
        _connection.Lose();
        FakePooledConnection other = Source.Succeed();
        other.Answer();
        AssertDone([.. requests, late]);
        Assert.Equal(["2 3"], other.Sends);
    }
}
