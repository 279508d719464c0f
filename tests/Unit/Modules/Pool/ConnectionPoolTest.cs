// A pool with a server and a clock under a test's control.
using Authd.Modules.Pool;
using Authd.Tests.Unit.Core;
using Xunit;

namespace Authd.Tests.Unit.Modules.Pool;

/// <summary>Everything happens on the test's thread, in the order in which the test does it.</summary>
public abstract class ConnectionPoolTest
{
    private protected const int AnswerSeconds = 8;
    private protected const int IdleSeconds = 300;

    private protected ConnectionPoolTest()
    {
        // Continuations run at once, as in the daemon.
        SynchronizationContext.SetSynchronizationContext(null);
        Pool = NewPool(connections: 3);
    }

    private protected FakeClock Clock { get; } = new();

    private protected FakeSource Source { get; } = new();

    private protected LogLines Lines { get; } = new(0);

    private protected ConnectionPool<FakeRequest> Pool { get; set; }

    private protected ConnectionPool<FakeRequest> NewPool(int connections) => new(
        Source,
        new PoolLimits(connections, TimeSpan.FromSeconds(AnswerSeconds), TimeSpan.FromSeconds(IdleSeconds)),
        Lines.Log,
        new PoolClock(Clock));

    private protected FakeRequest Submit(int number, bool canShare = true, bool canRepeat = true)
    {
        FakeRequest request = new(number, Pool.Deadline(), canShare, canRepeat);
        Pool.Submit(request);
        return request;
    }

    /// <summary>A pool with one idle connection and the given time of a round trip.</summary>
    private protected FakePooledConnection OneConnection(double milliseconds)
    {
        Submit(0);
        FakePooledConnection connection = Source.Succeed();
        Finish(connection, milliseconds);
        for (int i = 1; i < RoundTrips.Least; i++)
        {
            Submit(0);
            Finish(connection, milliseconds);
        }

        connection.Sends.Clear();
        return connection;
    }

    private protected FakePooledConnection Near() => OneConnection(0.2);

    private protected FakePooledConnection Far() => OneConnection(1.5);

    private protected void Finish(FakePooledConnection connection, double milliseconds)
    {
        Clock.Advance(milliseconds);
        connection.Answer();
    }

    /// <summary>The number when it was done, -1 when it failed, <c>null</c> while it waits.</summary>
    private protected static int? Result(FakeRequest request) => request.Answer.IsCompleted ? request.Answer.Result : null;

    private protected static void AssertDone(params FakeRequest[] requests) =>
        Assert.Equal(requests.Select(request => (int?)request.Number), requests.Select(Result));

    private protected static void AssertWaiting(params FakeRequest[] requests) => Assert.All(requests, request => Assert.Null(Result(request)));

    private protected static void AssertFailed(params FakeRequest[] requests) => Assert.All(requests, request => Assert.Equal(-1, Result(request)));
}
